/* Why something is not offered: the login lacks the scope for it. */
import { Icon } from "./icon";

export function Locked({ scope, what }: { scope: string; what: string }) {
	return (
		<p class="locked" data-testid="locked">
			<Icon name="lock" size={16} />
			<span>
				{what} needs the scope <code>{scope}</code>, which you do not have
				in this account.
			</span>
		</p>
	);
}
