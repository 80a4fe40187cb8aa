/* What a User-Agent header says about the device, in two or three words. */

/* First match wins: many browsers name those they descend from. */
const BROWSERS: [RegExp, string][] = [
	[/\bEdgA?\//, "Edge"],
	[/\bOPR\//, "Opera"],
	[/\bSamsungBrowser\//, "Samsung Internet"],
	[/\b(Firefox|FxiOS)\//, "Firefox"],
	[/\bHeadlessChrome\//, "Chrome"],
	[/\bChromium\//, "Chromium"],
	[/\b(Chrome|CriOS)\//, "Chrome"],
	[/\bSafari\//, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
	[/\bAndroid\b/, "Android"],
	[/\biPhone\b/, "iPhone"],
	[/\biPad\b/, "iPad"],
	[/\bWindows\b/, "Windows"],
	[/\bMac OS X\b/, "macOS"],
	[/\bCrOS\b/, "ChromeOS"],
	[/\bLinux\b/, "Linux"],
];

function find(list: [RegExp, string][], text: string): string | null {
	return list.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

export function deviceName(userAgent: string): string {
	const browser = find(BROWSERS, userAgent);
	const system = find(SYSTEMS, userAgent);

	if (browser !== null)
		return system === null ? browser : `${browser} on ${system}`;
	/* Scripts: "curl/8.5.0". */
	return /^[A-Za-z][\w.-]{0,39}/.exec(userAgent)?.[0] ?? system ??
		"Unknown device";
}
