/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a file to its text and its nodes. */
#include <errno.h>
#include <fcntl.h>

#include "base/io.h"
#include "profile/decode.h"

int file_text(struct diags *diags, const char *path, const char *what, const char **ret,
	      size_t *ret_len, struct err *err)
{
	size_t size = NODES_SIZE_MAX + 2; /* one more than allowed, and the final NUL */
	char *text = arena_alloc(&diags->arena, size);
	ssize_t len = file_read(AT_FDCWD, path, text, size);

	if (len < 0 && len != -E2BIG)
		return err_errno(err, (int)len, "cannot read the %s %s", what, path);
	*ret = text;
	*ret_len = len == -E2BIG ? NODES_SIZE_MAX + 1 : (size_t)len;
	return 0;
}

int file_nodes(struct decoder *dc, const char *path, const char *what, struct node **ret,
	       struct err *err)
{
	struct diags *d = dc->diags;
	int r = file_text(d, path, what, &d->source, &d->source_len, err);

	if (r < 0)
		return r;
	d->path = arena_strdup(&d->arena, path);
	*ret = nodes_parse(dc->arena, d->source, d->source_len, d);
	return 0;
}
