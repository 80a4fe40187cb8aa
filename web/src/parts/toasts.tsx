import { dismissToast, toasts } from "../state/toasts";
import { Icon } from "./icon";

export function Toasts() {
	return (
		<div class="toasts" role="region" aria-label="Messages" aria-live="polite">
			{toasts.value.map((toast) => (
				<div key={toast.id} class={`toast toast-${toast.tone}`}>
					<Icon name={toast.tone === "info" ? "info" : "alert"} />
					<span>{toast.text}</span>
					<button
						type="button"
						class="icon-button small"
						aria-label="Dismiss"
						onClick={() => dismissToast(toast.id)}
					>
						<Icon name="close" size={16} />
					</button>
				</div>
			))}
		</div>
	);
}
