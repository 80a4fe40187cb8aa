/*
 * Loading a configuration from texts, for the suites of src/conf.  Each call
 * starts from an environment without MOLTIS_* variables, apart from those the
 * test sets through case_env.
 */
#ifndef MOLTIS_TESTS_UNIT_CONF_CONF_CASE_H
#define MOLTIS_TESTS_UNIT_CONF_CONF_CASE_H

#include "conf/conf.h"

#define CASE_URL "server: { external_url = \"https://a.example\"; };"

#define own_conf __attribute__((cleanup(case_conf_free)))
void case_conf_free(struct conf **c);

/* Removes all MOLTIS_* variables, then sets NAME unless it is NULL. */
void case_env(const char *name, const char *value);

/* Loads one or two files; the caller owns the result.  Ends the test when
 * the configuration is refused. */
struct conf *case_load(const char *text);
struct conf *case_load_two(const char *first, const char *second);

/* The configuration must be refused with a line that holds EXPECTED. */
void case_refused(const char *text, const char *expected);

#endif
