/*
 * Which backend is used, by trial.
 *
 * Each candidate runs a canary: a real job with all limits, whose output must
 * say that it is confined.  The first that passes is chosen for the life of
 * the daemon; it is tried again every five minutes, and while it fails no
 * command runs - another, weaker one is never taken instead (S34, S35).
 */
#ifndef MOLTIS_SANDBOXD_CHOICE_H
#define MOLTIS_SANDBOXD_CHOICE_H

#include <ev.h>
#include <stdbool.h>

#include "base/txt.h"
#include "sandboxd/jobs.h"

#define CHOICE_WHY_BYTES 900

struct choice;

struct choice_spec {
	struct ev_loop *loop;
	struct jobs *jobs;
	const struct sbx_host *host;
	const char *wanted;  /* "auto" or the name of a backend */
	const char *blocked; /* "" or why no backend can work here at all */
	void (*on_first)(void *arg); /* the first trial is over */
	void *arg;
};

/* Starts the trial. */
struct choice *choice_new(const struct choice_spec *spec);
void choice_free(struct choice *c);

/* The backend that may be used now, or NULL. */
const struct sbx_backend *choice_backend(const struct choice *c);
/* The one that was chosen, also while it fails; NULL: none passed. */
const struct sbx_backend *choice_chosen(const struct choice *c);
/* Appends a line for each backend that is not used, with the reason. */
void choice_why(const struct choice *c, struct txt *out);

/* Lets every backend that is here remove what an earlier daemon left. */
void choice_sweep(const struct sbx_host *host);

/* Is this what a canary must say?  WHY names the first thing that is not. */
bool choice_check_output(const char *text, char why[SBX_WHY_BYTES]);

#endif
