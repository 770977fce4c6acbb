/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/config.h"

#include <errno.h>
#include <stdio.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/lines.h"

/* A config is 100 to 300 KiB; what is larger is not one. */
#define CONFIG_MAX (4u << 20)

/* True when the line is about this option; value is then what it says. */
static bool config_line(struct span line, const char *option, struct span *value)
{
	bool unset = span_starts(line, "# ");
	struct span rest = span_from(line, unset ? 2 : 0);

	if (!span_starts(rest, option))
		return false;
	rest = span_from(rest, strlen(option));
	if (unset) {
		*value = span_of("n", 1);
		return span_eq(rest, " is not set");
	}
	if (!span_starts(rest, "="))
		return false;
	*value = span_from(rest, 1);
	if (value->n >= 2 && *value->p == '"' && value->p[value->n - 1] == '"')
		*value = span_of(value->p + 1, value->n - 2);
	return true;
}

int config_get(const char *text, size_t len, const char *option, char *buf, size_t size)
{
	struct span rest = span_of(text, len), line, value;

	while (next_line(&rest, &line))
		if (config_line(line, option, &value))
			return span_copy(value, buf, size) ? 0 : -E2BIG;
	return -ENOENT;
}

bool config_is_on(const char *text, size_t len, const char *option)
{
	char value[4];

	return !config_get(text, len, option, value, sizeof(value)) &&
	       (!strcmp(value, "y") || !strcmp(value, "m"));
}

#ifdef HAVE_ZLIB
static int load_gz(int procfd, char **ret_text, size_t *ret_len)
{
	_cleanup_close_ int fd = file_open(procfd, "config.gz");
	_cleanup_free_ char *text = NULL;
	gzFile gz;
	int n;

	if (fd < 0)
		return fd;
	text = malloc(CONFIG_MAX);
	gz = text ? gzdopen(fd, "rb") : NULL;
	if (!gz)
		return -ENOMEM;
	take_fd(&fd);
	n = gzread(gz, text, CONFIG_MAX - 1);
	if (gzclose(gz) != Z_OK || n <= 0)
		return -EIO;
	text[n] = '\0';
	*ret_len = (size_t)n;
	*ret_text = take_ptr(text);
	return 0;
}
#else
static int load_gz(int procfd, char **ret_text, size_t *ret_len)
{
	(void)procfd;
	(void)ret_text;
	(void)ret_len;
	return -ENOENT;
}
#endif

int config_load(const struct roots *roots, const char *release, char **ret_text, size_t *ret_len,
		char *source, size_t size)
{
	static const char *const places[] = {"/boot/config-%s", "/lib/modules/%s/config",
					     "/usr/lib/kernel/config-%s"};
	int r = load_gz(roots->proc, ret_text, ret_len);

	if (!r) {
		snprintf(source, size, "/proc/config.gz");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char path[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, sizeof(path), places[i], release);
#pragma GCC diagnostic pop
		if (file_read_alloc(roots->fs, path + 1, ret_text, ret_len))
			continue;
		snprintf(source, size, "%s", path);
		return 0;
	}
	return r;
}
