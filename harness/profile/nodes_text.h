/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The characters of a file before they are YAML: what may be among them, and where the n-th one is.
 * libyaml counts characters, and takes more of them for line breaks than an editor does: those are
 * refused here, so that its lines and columns are everybody's.
 */
#ifndef MT_PROFILE_NODES_TEXT_H
#define MT_PROFILE_NODES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "profile/diag.h"

/*
 * Diagnose broken UTF-8, control characters, odd line breaks and tabs. Returns the text, with
 * blanks for tabs that stand inside a line, so that reading can go on; NULL when it cannot.
 */
const char *nodes_text_check(struct arena *a, const char *text, size_t len, struct diags *d);

/* Where the last character stands that is no blank and no line break. */
struct pos text_end(const char *text, size_t len);

/* Where a character is; it only moves on, so that a whole file costs one pass. */
struct text_cursor {
	const char *p, *end;
	size_t index; /* characters before p */
};

void text_cursor_move(struct text_cursor *c, size_t index);
/* True when s stands at the cursor letter by letter, after a quote when quoted. */
bool text_cursor_has(const struct text_cursor *c, bool quoted, const char *s, size_t len);

#endif
