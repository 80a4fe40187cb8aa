/* The models that can be chosen, and the one the open conversation uses. */
import { computed, signal } from "@preact/signals";
import type { Model } from "../api/types";
import { request } from "./link";
import { activeEntry } from "./sessions";

export const models = signal<Model[] | null>(null);

export async function loadModels(): Promise<void> {
	models.value = (await request<Model[]>("models.list"))
		.filter((model) => model.unsupported !== true);
}

/* A session's model may be a bare name; the list has provider::name. */
export function findModel(list: Model[], id: string | null): Model | null {
	if (id === null)
		return list.find((model) => model.isDefault) ?? list[0] ?? null;
	return list.find((model) => model.id === id) ??
		list.find((model) => model.id.endsWith(`::${id}`)) ?? null;
}

export const currentModel = computed(() =>
	findModel(models.value ?? [], activeEntry.value?.model ?? null));

function speaksDemo(model: Model): boolean {
	return (model.kind ?? model.provider) === "demo";
}

export const isDemo = computed(() =>
	currentModel.value !== null && speaksDemo(currentModel.value));

/* Whether an answer by PROVIDER was scripted. */
export function isDemoProvider(provider: string | null): boolean {
	const model = models.value?.find((one) => one.provider === provider);
	return model === undefined ? provider === "demo" : speaksDemo(model);
}
