/* Invitations of one kind: a form that makes one, its link shown once, and the
 * open ones.  What differs between kinds is given: the right a link carries,
 * and how it is called. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { CreatedInvite, Invite } from "../api/account_types";
import type { ApiError } from "../api/call";
import { showError, showToast } from "../state/toasts";
import { ahead, dateOf } from "../text/time";
import { FormError } from "./auth_frame";
import { confirmDialog } from "./dialog";
import { ExpiryChoice, INVITE_SPANS } from "./expiry_choice";
import { Field } from "./field";
import { Icon } from "./icon";
import { InviteLink } from "./invite_link";
import { LoadState } from "./load_state";
import type { Loaded } from "./use_load";
import { useSubmit } from "./use_submit";
import type { Submit } from "./use_submit";

const NOTE_MAX = 100;

/* What every invitation says, whatever it is for. */
export interface InviteTerms {
	note?: string;
	expires_hours: number;
}

interface Made {
	created: CreatedInvite;
	note: string;
}

export interface InviteKindProps<T extends Invite> {
	prefix: string;
	title: string;
	intro: ComponentChildren;
	listTitle: string;
	placeholder: string;
	/* The message's end: what the link leads to. */
	leadsTo: string;
	list: Loaded<T[]>;
	create(terms: InviteTerms): Promise<CreatedInvite>;
	/* Why it cannot be made yet. */
	check?(): ApiError | null;
	/* Fields of this kind, and their names in errors. */
	fields(form: Submit): ComponentChildren;
	fieldNames: string[];
	row(invite: T): InviteRowProps;
	revoke(id: string): Promise<unknown>;
}

export interface InviteRowProps {
	name: string;
	tags: ComponentChildren;
	confirm: { title: string; text: string };
	label: string;
	done: string;
}

function CreateForm<T extends Invite>(props: {
	kind: InviteKindProps<T>;
	onMade(made: Made): void;
}) {
	const { kind, onMade } = props;
	const [note, setNote] = useState("");
	const [hours, setHours] = useState(72);
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const wrong = kind.check?.() ?? null;
		if (wrong !== null) {
			form.fail(wrong);
			return;
		}
		void form.run(async () => {
			const about = note.trim();
			onMade({
				note: about,
				created: await kind.create({
					expires_hours: hours,
					...(about === "" ? {} : { note: about }),
				}),
			});
		});
	};

	return (
		<form class="form key-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("note", "expires_hours", ...kind.fieldNames)} />
			<Field
				id={`${kind.prefix}-note`}
				label="Who is it for? (optional)"
				value={note}
				onValue={setNote}
				hint="A note for you and the other administrators."
				error={form.at("note")}
				testid={`${kind.prefix}-note`}
				input={{ maxLength: NOTE_MAX, placeholder: kind.placeholder }}
			/>
			{kind.fields(form)}
			<ExpiryChoice id={`${kind.prefix}-expiry`} label="The link works for"
				spans={INVITE_SPANS} value={hours}
				onValue={(value) => setHours(value ?? 72)}
				error={form.at("expires_hours")} />
			<button type="submit" class="button primary" aria-disabled={form.busy}
				data-testid={`${kind.prefix}-create`}>
				<Icon name="plus" size={18} />
				{form.busy ? "Making…" : "Make an invitation"}
			</button>
		</form>
	);
}

function Row<T extends Invite>(props: { kind: InviteKindProps<T>; invite: T }) {
	const { kind, invite } = props;
	const row = kind.row(invite);
	const revoke = async () => {
		const sure = await confirmDialog({
			...row.confirm, action: "Withdraw", danger: true,
		});
		if (!sure)
			return;
		await kind.revoke(invite.id).then(() => showToast(row.done), showError);
		void kind.list.reload();
	};

	return (
		<li class="entry" data-testid={`${kind.prefix}-row`}>
			<div class="entry-main">
				<strong dir="auto">{row.name}</strong>
				{row.tags}
				<small>
					Made {dateOf(invite.created_at)}
					{invite.created_by === null ? "" : ` by ${invite.created_by}`} · ends{" "}
					{ahead(invite.expires_at, Date.now())}
				</small>
			</div>
			<button type="button" class="button small danger-quiet"
				data-testid={`${kind.prefix}-revoke`} aria-label={row.label}
				onClick={() => void revoke()}>
				Withdraw
			</button>
		</li>
	);
}

export function InviteCard<T extends Invite>({ kind }: { kind: InviteKindProps<T> }) {
	const [made, setMade] = useState<Made | null>(null);
	const titleId = `${kind.prefix}s-title`;

	return (
		<section class="card" aria-labelledby={titleId}>
			<h2 id={titleId}>{kind.title}</h2>
			<p class="muted">{kind.intro}</p>
			{made === null ? (
				<CreateForm
					kind={kind}
					onMade={(now) => {
						setMade(now);
						void kind.list.reload();
					}}
				/>
			) : (
				<InviteLink
					prefix={kind.prefix}
					created={made.created}
					title={made.note === "" ? "Invitation made" : `Invitation for ${made.note}`}
					about={(made.note === "" ? "" : `For ${made.note}: `) + kind.leadsTo}
					onDone={() => setMade(null)}
				/>
			)}
			<h3 class="list-title">{kind.listTitle}</h3>
			<LoadState
				from={kind.list}
				empty={(all) => all.length === 0}
				emptyText="There are none."
			>
				{(all) => (
					<ul class="entries">
						{all.map((invite) => (
							<Row key={invite.id} kind={kind} invite={invite} />
						))}
					</ul>
				)}
			</LoadState>
		</section>
	);
}
