import { chooseTheme, themeChoice, type ThemeChoice } from "../state/theme";
import { Icon, type IconName } from "../parts/icon";

const CHOICES: { choice: ThemeChoice; label: string; icon: IconName }[] = [
	{ choice: "system", label: "As the system", icon: "screen" },
	{ choice: "light", label: "Light", icon: "sun" },
	{ choice: "dark", label: "Dark", icon: "moon" },
];

export function AppearanceSection() {
	return (
		<section class="card" aria-labelledby="theme-title">
			<h2 id="theme-title">Theme</h2>
			<p class="muted">Kept in this browser only.</p>
			<div class="segments" role="radiogroup" aria-labelledby="theme-title">
				{CHOICES.map((one) => (
					<label key={one.choice} class="segment">
						<input
							type="radio"
							name="theme"
							checked={themeChoice.value === one.choice}
							onChange={() => chooseTheme(one.choice)}
						/>
						<span><Icon name={one.icon} size={18} />{one.label}</span>
					</label>
				))}
			</div>
		</section>
	);
}
