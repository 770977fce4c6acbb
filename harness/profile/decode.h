/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From nodes to a profile: what the files of this room share while they decode one. Every function
 * diagnoses what is wrong and goes on; what is left half-built after a diagnostic is never used, as
 * the whole profile is refused.
 */
#ifndef MT_PROFILE_DECODE_H
#define MT_PROFILE_DECODE_H

#include "cgroup/names.h"
#include "profile/nodes.h"
#include "profile/profile.h"

#define GROUPS_MAX    64
#define STRESSORS_MAX 64
#define PHASES_MAX    64
#define PARAMS_MAX    64
#define CHECKS_MAX    512

/* What the phases so far have done to a stressor. */
enum life_state { LIFE_NEVER, LIFE_RUNNING, LIFE_ENDED, LIFE_STOPPED };

struct life {
	enum life_state state;
	int line;     /* where that was said */
	bool started; /* in any phase */
	bool endless; /* never holds and never ends by itself */
};

struct decoder {
	struct profile *p;
	struct arena *arena; /* p->arena */
	struct diags *diags;
	const struct profile_override *set;
	size_t n_set;
	struct metric_names names; /* after groups and stressors */
	struct life *lives;	   /* of the stressors */
	bool lives_unsure; /* a phase was not understood: who runs is not known from there on */
	size_t n_checks;
};

/* fields.c: keys and plain values ------------------------------------------------------------- */

/* One key of a map. */
struct field {
	const char *name; /* NULL ends a table */
	bool required;
	void (*decode)(struct decoder *dc, const struct node *key, const struct node *value,
		       void *to);
};

/*
 * Diagnose keys that the table does not have and required ones that the map has not. what: "a
 * profile". at: where to say that a key is missing. False when the node is no map.
 */
bool fields_check(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		  const struct field *table);
/* Only the required ones. */
void fields_required(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		     const struct field *table);
/* Check, then decode each key into to, in the table's order. False when the node is no map. */
bool fields_decode(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		   const struct field *table, void *to);
const struct node_pair *map_find(const struct node *map, const char *key);

/* The values of a key. False after a diagnostic (or when one was given for the node before). */
bool is_map(struct decoder *dc, const struct node *key, const struct node *value);
bool decode_text(struct decoder *dc, const struct node *key, const struct node *value,
		 struct text *ret);
/* One word or a list of words. */
bool decode_words(struct decoder *dc, const struct node *key, const struct node *value,
		  struct text **ret, size_t *ret_n);
/* The same, of tags. */
void decode_tag_list(struct decoder *dc, const struct node *key, const struct node *value,
		     struct text **ret, size_t *ret_n);
struct text node_text(const struct node *n);
/* from..to of a text, without blanks at both ends. */
struct text text_part(struct decoder *dc, struct text whole, const char *from, const char *to);
/* A quantity of a unit; NULL after a diagnostic. */
struct expr *decode_quantity(struct decoder *dc, struct text text, enum unit want);
/* The value when no machine is needed for it, in the expression's own unit. */
bool constant_value(struct decoder *dc, const struct expr *e, int64_t *ret);

/* file.c */
/* A file's text in the list's arena. Returns 0 or a negative errno; what: "profile". */
int file_text(struct diags *diags, const char *path, const char *what, const char **ret,
	      size_t *ret_len, struct err *err);
/* Its nodes, in dc->arena; *ret is NULL after a diagnostic. Returns 0 or a negative errno. */
int file_nodes(struct decoder *dc, const char *path, const char *what, struct node **ret,
	       struct err *err);

/* The sections of a file ---------------------------------------------------------------------- */

void decode_params(struct decoder *dc, const struct node *key, const struct node *value, void *to);
/* A --set that no param answers to. */
void check_overrides(struct decoder *dc);
void decode_groups(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_stressors(struct decoder *dc, const struct node *key, const struct node *value,
		      void *to);
void decode_phases(struct decoder *dc, const struct node *key, const struct node *value, void *to);

/* groups.c */
int group_find(const struct profile *p, const char *path);
/* Diagnosed and NULL when there is no such knob or it cannot be written. */
const struct knob *decode_knob(struct decoder *dc, struct text name);
/* The value of a knob, NULL for "max". False after a diagnostic. */
bool decode_knob_value(struct decoder *dc, const struct knob *knob, struct text text,
		       struct expr **ret);
/* Diagnose a group that does not exist. Its index, or -1. */
int decode_group_name(struct decoder *dc, struct text path);

/* stressors.c */
int stressor_index(const struct profile *p, const char *name);
/* Diagnose a stressor that does not exist. Its index, or -1. */
int decode_stressor_name(struct decoder *dc, struct text name);

/* options.c: the value of an option, put into blob as far as it is known without a machine. */
bool decode_option_value(struct decoder *dc, const struct opt *opt, struct text text, void *blob,
			 struct expr **ret);

/* constraint.c */
bool decode_constraint(struct decoder *dc, const struct metric *metric, struct text text,
		       struct constraint *ret);
/* constraint_check.c: can it fail, and can it hold? */
void check_constraint(struct decoder *dc, const struct metric *metric, struct constraint *c);

/* expect.c */
bool decode_metric(struct decoder *dc, struct text name, struct metric *ret);
bool decode_expects(struct decoder *dc, const struct node *key, const struct node *value,
		    struct profile_expect **list, size_t *n);

/* actions.c */
void decode_start(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_stop(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_kill(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_wait(struct decoder *dc, const struct node *key, const struct node *value, void *to);
struct profile_action *new_action(struct decoder *dc, struct profile_phase *phase,
				  enum action_kind kind, const struct node *key,
				  const struct node *value);
/* A list of stressors' names, or "all". False after a diagnostic. */
bool decode_stressor_list(struct decoder *dc, struct text *words, size_t n_words, int **ret,
			  size_t *ret_n);
/* set.c, until.c, faults.c */
void decode_set(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_faults(struct decoder *dc, const struct node *key, const struct node *value, void *to);
void decode_until(struct decoder *dc, const struct node *key, const struct node *value, void *to);

/* life.c: in which order stressors are started, stopped, waited for */
/* Which are meant by "all" in start (what does not run), stop and kill (what was started). */
void life_all(struct decoder *dc, struct profile_action *action);
/* Note what an action does; words are the names' positions, NULL for "all". */
void life_apply(struct decoder *dc, const struct profile_action *action, const struct text *words);
/* After a phase: would it go again, and does it say how long endless stressors run? */
void life_check_phase(struct decoder *dc, const struct profile_phase *phase);
void life_check_all(struct decoder *dc);

#endif
