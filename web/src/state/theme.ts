/*
 * Light, dark or as the system says.  The choice is the only thing of the page
 * that is kept in the browser; theme_boot.ts applies it before the first
 * paint, this module afterwards.
 */
import { computed, effect, signal } from "@preact/signals";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "moltis-theme";
const query = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(query.matches);

query.addEventListener("change", (ev) => {
	systemDark.value = ev.matches;
});

function readChoice(): ThemeChoice {
	try {
		const value = localStorage.getItem(KEY);
		return value === "light" || value === "dark" ? value : "system";
	} catch {
		return "system";
	}
}

export const themeChoice = signal<ThemeChoice>(readChoice());

export const isDark = computed(() => themeChoice.value === "system"
	? systemDark.value : themeChoice.value === "dark");

effect(() => {
	document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
});

export function chooseTheme(choice: ThemeChoice): void {
	themeChoice.value = choice;
	try {
		if (choice === "system")
			localStorage.removeItem(KEY);
		else
			localStorage.setItem(KEY, choice);
	} catch {
		/* Storage is blocked: the choice lasts until the page closes. */
	}
}
