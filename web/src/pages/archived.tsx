/* Conversations that were put away: read them, take them back, delete them. */
import type { SessionEntry } from "../api/types";
import { ConnectionBanner } from "../parts/connection_banner";
import { Icon } from "../parts/icon";
import { archive, remove, Sidebar } from "../parts/sidebar";
import { TopBar } from "../parts/top_bar";
import { Link } from "../router";
import { chatPath } from "../routes";
import { may } from "../state/link";
import { sessions, titleOf } from "../state/sessions";
import { plural } from "../text/plain";
import { dateOf } from "../text/time";

function Row({ entry }: { entry: SessionEntry }) {
	const title = titleOf(entry);

	return (
		<li class="archived-row" data-testid="archived-row" data-key={entry.key}>
			<span class="archived-text">
				<Link to={chatPath(entry.key)} class="link-button" dir="auto">
					{title}
				</Link>
				<small class="muted">
					{plural(entry.messageCount, "message")}
					{" · last used "}{dateOf(entry.updatedAt)}
				</small>
			</span>
			{may("operator.write") ? (
				<>
					<button
						type="button"
						class="button small"
						aria-label={`Take ${title} back`}
						data-testid="unarchive"
						onClick={() => void archive(entry, false)}
					>
						Take back
					</button>
					<button
						type="button"
						class="icon-button small"
						aria-label={`Delete ${title}`}
						data-testid="archived-delete"
						onClick={() => void remove(entry)}
					>
						<Icon name="trash" size={18} />
					</button>
				</>
			) : null}
		</li>
	);
}

export function ArchivedPage() {
	const list = sessions.value?.filter((entry) => entry.archived === true)
		.sort((a, b) => b.updatedAt - a.updatedAt);

	return (
		<div class="app">
			<Sidebar current={null} />
			<main class="main">
				<TopBar title="Archived conversations" />
				<ConnectionBanner />
				<div class="settings one-column">
					<div class="settings-body">
						<section class="card" aria-label="Archived conversations">
							{list === undefined
								? <p class="muted" role="status">Loading…</p>
								: list.length === 0 ? (
									<p class="muted" data-testid="archived-empty">
										Nothing is archived. A conversation is put away
										with the menu beside its name.
									</p>
								) : (
									<ul class="archived-list">
										{list.map((entry) =>
											<Row key={entry.key} entry={entry} />)}
									</ul>
								)}
						</section>
					</div>
				</div>
			</main>
		</div>
	);
}
