/* Says that the connection is gone and when the next try comes.  A break too
 * short to notice is not mentioned. */
import { useEffect, useState } from "preact/hooks";
import { link, retryLink } from "../state/link";
import { plural } from "../text/plain";
import { Icon } from "./icon";

const PATIENCE_MS = 700;

export function ConnectionBanner() {
	const status = link.value;
	const away = status.state === "waiting" ||
		(status.state === "connecting" && status.attempt > 0);
	const [late, setLate] = useState(false);
	const [, tick] = useState(0);

	useEffect(() => {
		if (!away) {
			setLate(false);
			return;
		}
		const timer = setTimeout(() => setLate(true), PATIENCE_MS);
		const second = setInterval(() => tick((n) => n + 1), 500);
		return () => {
			clearTimeout(timer);
			clearInterval(second);
		};
	}, [away]);

	if (!away || !late)
		return null;
	const left = Math.max(1, Math.ceil(((status.retryAt ?? 0) - Date.now()) / 1000));
	return (
		<div class="banner" data-testid="connection-banner">
			<Icon name="alert" size={18} />
			<span role="status">Connection lost. What you write is kept and sent later.</span>
			<span class="banner-when">
				{status.state === "connecting" ? "Connecting…"
					: `Next try in ${plural(left, "second")}`}
			</span>
			<button type="button" class="link-button" onClick={retryLink}>
				Try now
			</button>
		</div>
	);
}
