/*
 * The option table and the value that is put into an option.  Internal to
 * conf; the tests compare doc/moltis.conf.example with it.
 */
#ifndef MOLTIS_CONF_CONF_TABLE_H
#define MOLTIS_CONF_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/txt.h"
#include "conf/conf.h"

#define CONF_PATH_BYTES 128
#define CONF_MAX_ITEMS 64   /* of a list, before its own limit */
#define CONF_MAX_TEXT 4096  /* bytes of a text option */
#define CONF_NOTE_BYTES 256 /* what is wrong with a value */

enum conf_type {
	CONF_TEXT,    /* char *; "" is unset */
	CONF_INT,     /* int in min..max */
	CONF_NUMBER,  /* double in min..max */
	CONF_BOOL,    /* bool */
	CONF_FALSE,   /* must be false; stored nowhere */
	CONF_WORD,    /* int-sized enum: value of one of the words */
	CONF_CHOICE,  /* char *: one of the words */
	CONF_SIZE,    /* char *: memory size such as 512M */
	CONF_ORIGINS, /* allowed_origins and origin_count */
	CONF_IMAGES,  /* sandbox.images and sandbox.image_count */
	CONF_HOLES    /* sandbox.holes and sandbox.hole_count */
};

/* A word and what it stands for; the first word of a value is its proper
 * name, further ones are aliases.  The array ends with a NULL word. */
struct conf_word {
	const char *word;
	int value;
};

struct conf_option {
	const char *path;
	enum conf_type type;
	size_t offset;
	const char *dflt; /* text as in the environment; NULL: unset */
	double min, max;
	const struct conf_word *words;
	const char *alias; /* second name in the environment, or NULL */
	bool no_env;       /* no override from the environment */
	const char *sentence;
};

enum conf_kind {
	CONF_KIND_TEXT,
	CONF_KIND_INT,
	CONF_KIND_NUMBER,
	CONF_KIND_BOOL,
	CONF_KIND_LIST, /* of texts */
	CONF_KIND_OTHER /* group or list of something else */
};

struct conf_value {
	enum conf_kind kind;
	const char *text;
	long long whole;
	double number;
	bool flag;
	const char *items[CONF_MAX_ITEMS];
	size_t count;
};

const struct conf_option *conf_options(size_t *ret_count);
const struct conf_option *conf_option_find(const char *path);
/* Is PATH a group that has options below it? */
bool conf_group_check(const char *path);

/* Name in the environment; false when the option has none. */
bool conf_env_name(const struct conf_option *o, char out[CONF_PATH_BYTES]);

/* Nearest known path to an unknown one, or NULL. */
const char *conf_hint(const char *path, char out[CONF_PATH_BYTES]);
/* Steps of adding, dropping or changing a byte that lead from A to B. */
size_t conf_distance(const char *a, const char *b);

/* Text of the environment as a value of the option's type.  SCRATCH keeps
 * list items and must live as long as the value. */
bool conf_value_parse(const struct conf_option *o, const char *text,
    char scratch[CONF_MAX_TEXT], struct conf_value *ret_value);

/* Puts a value into C, or fills NOTE and changes nothing. */
bool conf_put(struct conf *c, const struct conf_option *o,
    const struct conf_value *v, char note[CONF_NOTE_BYTES]);

/* Is S a text we store: UTF-8, no control characters, not too long? */
bool conf_text_check(const char *s);

#endif
