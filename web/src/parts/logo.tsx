import logo from "../assets/logo.svg";

/* The mark with the name beside it, or alone. */
export function Logo({ size = 28, alone = false }: { size?: number; alone?: boolean }) {
	return (
		<span class="logo">
			<img src={logo} width={size} height={size} alt={alone ? "Moltis" : ""} />
			{alone ? null : <span class="logo-name">Moltis</span>}
		</span>
	);
}
