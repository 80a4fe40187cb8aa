/* Which model answers in this conversation; the browser's own list is used
 * for its keyboard and touch behaviour. */
import type { Model } from "../api/types";
import { may } from "../state/link";
import { currentModel, isDemo, models } from "../state/models";
import { activeKey, setSessionModel } from "../state/sessions";
import { showError } from "../state/toasts";
import { Icon } from "./icon";

function byProvider(list: Model[]): [string, Model[]][] {
	const groups = new Map<string, Model[]>();

	for (const model of list)
		groups.set(model.provider, [...groups.get(model.provider) ?? [], model]);
	return [...groups];
}

export function ModelPicker() {
	const list = models.value;
	const current = currentModel.value;

	if (list === null || list.length === 0)
		return null;
	return (
		<div class="model">
			{isDemo.value ? (
				<span class="tag demo" data-testid="demo-badge">Demo</span>
			) : null}
			<span class="select-wrap">
				<select
					class="select"
					aria-label="Model"
					data-testid="model-select"
					disabled={!may("operator.write")}
					value={current?.id ?? ""}
					onChange={(ev) => {
						setSessionModel(activeKey.value, ev.currentTarget.value)
							.catch(showError);
					}}
				>
					{current === null
						? <option value="" disabled>Choose a model</option> : null}
					{byProvider(list).map(([provider, group]) => (
						<optgroup key={provider} label={provider}>
							{group.map((model) => (
								<option key={model.id} value={model.id}>
									{model.displayName}
								</option>
							))}
						</optgroup>
					))}
				</select>
				<Icon name="chevron" size={16} />
			</span>
		</div>
	);
}
