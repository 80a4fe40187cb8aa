// tests/data/cron.tsv against two schedulers that know nothing of ours.
//
// Every row must be what croner and cron-parser say, but for the rows of
// cron_differences.tsv, each with its reason; a row there that no longer
// differs is a failure too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";

function table(name) {
  const file = new URL(`../data/${name}`, import.meta.url);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
}

const libraries = {
  croner(expr, timezone, from) {
    return new Cron(expr, { timezone, legacyMode: true }).nextRuns(5, new Date(from));
  },
  "cron-parser"(expr, tz, from) {
    return CronExpressionParser.parse(expr, { tz, currentDate: new Date(from) })
      .take(5)
      .map((time) => time.toDate());
  },
};

const rows = table("cron.tsv");
const known = table("cron_differences.tsv");

function said(library, [expr, zone, from]) {
  try {
    return libraries[library](expr, zone, from).map((t) => t.getTime()).join(" ");
  } catch (error) {
    return `refused: ${error.message}`;
  }
}

function isKnown(library, row) {
  return known.some((k) => k[0] === library && row.every((field, i) => i > 2 || k[i + 1] === field));
}

test("the table is large and has no row twice", () => {
  assert.ok(rows.length >= 300, `${rows.length} rows`);
  assert.equal(new Set(rows.map((r) => r.slice(0, 3).join())).size, rows.length);
});

for (const library of Object.keys(libraries)) {
  test(`${library} agrees, except where a reason is written down`, () => {
    const wrong = [];
    for (const row of rows) {
      const ours = row[3].split(" ").map((t) => new Date(t).getTime()).join(" ");
      const theirs = said(library, row);
      if ((ours === theirs) === isKnown(library, row)) {
        const times = theirs.split(" ").map((t) => (isNaN(+t) ? t : new Date(+t).toISOString()));
        wrong.push([library, ...row, `theirs: ${times.join(" ")}`].join("\t"));
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test("every difference has a row and a reason", () => {
  for (const k of known) {
    assert.equal(k.length, 5, k.join());
    assert.ok(rows.some((row) => row.slice(0, 3).join() === k.slice(1, 4).join()), k.join());
    assert.ok(k[4].length > 20, k.join());
  }
});
