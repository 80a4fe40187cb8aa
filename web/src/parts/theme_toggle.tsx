/* Switches between light and dark; settings offer "as the system" too. */
import { chooseTheme, isDark } from "../state/theme";
import { Icon } from "./icon";

export function ThemeToggle() {
	const next = isDark.value ? "light" : "dark";
	const label = `Switch to the ${next} theme`;

	return (
		<button
			type="button"
			class="icon-button"
			data-testid="theme-toggle"
			aria-label={label}
			title={label}
			onClick={() => chooseTheme(next)}
		>
			<Icon name={isDark.value ? "sun" : "moon"} />
		</button>
	);
}
