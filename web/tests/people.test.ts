/* Devices, networks, filters, names of events, addresses of pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { givable } from "../src/text/scopes";
import { routeOf } from "../src/routes";
import { filterOf, NO_FILTER } from "../src/text/audit_filter";
import { deviceName } from "../src/text/device";
import { readNetworks } from "../src/text/networks";
import { alertText, detailLine, eventText } from "../src/text/security_events";
import { ahead } from "../src/text/time";

test("devices are named by what their browsers are, not by what they claim", () => {
	const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 " +
		"(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

	assert.equal(deviceName(chrome), "Chrome on Linux");
	assert.equal(deviceName(`${chrome} Edg/120.0`), "Edge on Linux");
	assert.equal(deviceName("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " +
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15"),
	"Safari on macOS");
	assert.equal(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)" +
		" AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile Safari/604.1"),
	"Chrome on iPhone");
	assert.equal(deviceName("Mozilla/5.0 (Android 14; Mobile; rv:120.0) Gecko/120.0" +
		" Firefox/120.0"), "Firefox on Android");
	assert.equal(deviceName("curl/8.5.0"), "curl");
	assert.equal(deviceName(""), "Unknown device");
	assert.equal(deviceName("<script>"), "Unknown device");
});

test("networks are read from lines and commas, and a wrong one is named", () => {
	assert.deepEqual(readNetworks(" 10.0.0.0/8,\n2001:db8::/32  192.0.2.7 "), {
		networks: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"], problem: null,
	});
	assert.deepEqual(readNetworks("  "), { networks: [], problem: null });
	for (const good of ["::", "::1", "fe80::1", "::ffff:192.0.2.1/128",
		"1:2:3:4:5:6:7:8", "0.0.0.0/0"])
		assert.equal(readNetworks(good).problem, null, good);
	for (const bad of ["10.0.0.0/33", "256.1.1.1", "10.0.0", "1:2:3", "::/129",
		"1::2::3", "example.org", "10.0.0.0/8/8", "10.0.0.0/", "1:2:3:4:5:6:7:8:9"])
		assert.match(readNetworks(bad).problem ?? "", /is no network/, bad);
	assert.match(readNetworks(Array.from({ length: 21 }, (_, i) =>
		`10.0.0.${i}`).join()).problem!, /At most 20/);
});

test("a filter names only what was chosen, and both days belong to it", () => {
	assert.deepEqual(filterOf(NO_FILTER), {});
	const filter = filterOf({
		event: " auth.login ", severity: "warn", since: "2026-03-01",
		until: "2026-03-01",
	});
	assert.equal(filter.event, "auth.login");
	assert.equal(filter.severity, "warn");
	assert.equal(filter.since, new Date(2026, 2, 1).getTime());
	assert.equal(filter.until, new Date(2026, 2, 2).getTime() - 1);
	assert.deepEqual(filterOf({ ...NO_FILTER, since: "nonsense" }), {});
});

test("the last day of a filter ends with it, also when clocks change", () => {
	for (const day of ["2026-03-29", "2026-10-25", "2026-12-31"]) {
		const next = new Date(`${day}T00:00:00`);
		next.setDate(next.getDate() + 1);
		assert.equal(filterOf({ ...NO_FILTER, until: day }).until,
			next.getTime() - 1, day);
	}
});

test("events have names; unknown ones are shown in words", () => {
	assert.equal(eventText("auth.login_failed"), "Failed sign-in");
	assert.equal(eventText("security.auth.login_failed"), "Failed sign-in");
	assert.equal(eventText("cron.too_many"), "Cron: too many");
	assert.equal(eventText("odd"), "Odd");
	assert.equal(alertText("security.key.new_address",
		{ label: "backup", peer: "192.0.2.7" }),
	"API key used from a new address: backup (from 192.0.2.7).");
	assert.equal(alertText("security.odd", null), "Odd.");
	assert.equal(detailLine({ last_try: 3, empty: "", none: null, list: [1] }),
		"last try: 3 · list: [1]");
	assert.equal(detailLine("text"), "");
});

test("one can give what one has; an administrator has all", () => {
	assert.deepEqual([...givable(["operator.read"])], ["operator.read"]);
	assert.equal(givable(["operator.admin"]).size, 5);
});

test("new pages have addresses", () => {
	assert.deepEqual(routeOf("/invite"), { page: "invite" });
	assert.deepEqual(routeOf("/admin"), { page: "admin", section: "" });
	assert.deepEqual(routeOf("/admin/people"), { page: "admin", section: "people" });
	assert.deepEqual(routeOf("/admin/people/x"), { page: "missing" });
	assert.deepEqual(routeOf("/invite/x"), { page: "missing" });
});

test("how long something still holds", () => {
	const hour = 3_600_000;

	assert.equal(ahead(0, 0), "over");
	assert.equal(ahead(hour / 4, 0), "in less than an hour");
	assert.equal(ahead(5 * hour, 0), "in 5 h");
	assert.equal(ahead(72 * hour, 0), "in 3 days");
});
