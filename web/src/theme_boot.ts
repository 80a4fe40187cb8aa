/*
 * Runs before the first paint, so that a dark page never flashes white.
 * A separate file because the content policy allows no inline script; must
 * stay free of imports, as it is loaded as a classic script.
 */
(() => {
	let choice: string | null = null;

	try {
		choice = localStorage.getItem("moltis-theme");
	} catch {
		/* Storage is blocked: follow the system. */
	}
	if (choice !== "light" && choice !== "dark") {
		choice = matchMedia("(prefers-color-scheme: dark)").matches
			? "dark" : "light";
	}
	document.documentElement.dataset["theme"] = choice;
})();
