/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "live/screen.h"

#define BEGIN "\x1b[?2026h\x1b[?7l"
#define END   "\x1b[?7h\x1b[?2026l"

static struct screen screen;
static struct live_frame frame;
static int fd = -1;

static void open_file(void)
{
	unsetenv("XTERM_VERSION");
	unsetenv("STY");
	setenv("TERM", "xterm-256color", 1);
	fd = memfd_create("screen", MFD_CLOEXEC);
	cr_assert_geq(fd, 0);
	screen_open(&screen, fd, false);
}

static void done(void)
{
	close_fd(&fd);
}

static void set(size_t n, const char *const *lines, unsigned width)
{
	frame.n = n;
	for (size_t i = 0; i < n; i++) {
		strcpy(frame.lines[i].text, lines[i]);
		frame.lines[i].len = strlen(lines[i]);
		frame.lines[i].width = width ? width : (unsigned)strlen(lines[i]);
	}
}

/* What was written since the last time. */
static const char *written(void)
{
	static char buf[4096];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[MAX(n, 0)] = '\0';
	cr_assert_eq(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	return buf;
}

static void starts_with(const char *text, const char *want)
{
	cr_expect_eq(strncmp(text, want, strlen(want)), 0, "%s", text);
}

static void draw(unsigned columns, unsigned rows)
{
	screen_draw(&screen, &frame, columns, rows);
}

Test(screen, two_frames, .init = open_file, .fini = done)
{
	const char *first[] = {"one", "two", "three"}, *second[] = {"one", "TWO", "three", "four"};
	unsigned columns = 80, rows = 24;

	set(3, first, 0);
	draw(80, 24);
	cr_expect_str_eq(written(), BEGIN "\r"
					  "\x1b[2Kone\x1b[K\r\n"
					  "\x1b[2Ktwo\x1b[K\r\n"
					  "\x1b[2Kthree\x1b[K\r\n"
					  "\x1b[J" END);
	/* Only what changed. */
	set(4, second, 0);
	draw(80, 24);
	cr_expect_str_eq(written(), BEGIN "\r\x1b[3A"
					  "\r\n"
					  "TWO\x1b[K\r\n"
					  "\r\n"
					  "four\x1b[K\r\n"
					  "\x1b[J" END);
	/* Fewer lines: what was below is erased. */
	set(1, first, 0);
	draw(80, 24);
	cr_expect_str_eq(written(), BEGIN "\r\x1b[4A\r\n\x1b[J" END);
	screen_clear(&screen);
	cr_expect_str_eq(written(), BEGIN "\r\x1b[1A\x1b[J" END);
	screen_room(&screen, &columns, &rows);
	cr_expect_eq(columns, 60);
	cr_expect_eq(rows, 12);
	screen_clear(&screen);
	cr_expect_str_eq(written(), "", "there is nothing to take off");
}

/* Lines of 79 columns take two rows each when there are only 60, and are drawn anew. */
Test(screen, shrink, .init = open_file, .fini = done)
{
	const char *lines[] = {"long", "long too"};

	set(2, lines, 79);
	draw(80, 24);
	written();
	set(2, lines, 59);
	draw(60, 20);
	cr_expect_str_eq(written(), BEGIN "\r\x1b[4A"
					  "\x1b[2Klong\x1b[K\r\n"
					  "\x1b[2Klong too\x1b[K\r\n"
					  "\x1b[J" END);
	/* No higher than the terminal. */
	draw(20, 4);
	starts_with(written(), BEGIN "\r\x1b[3A");
}

/* xterm cuts lines: there a line stays a row. */
Test(screen, shrink_where_lines_are_cut, .init = open_file, .fini = done)
{
	const char *lines[] = {"long", "long too"};

	setenv("XTERM_VERSION", "XTerm(379)", 1);
	screen_open(&screen, fd, false);
	set(2, lines, 79);
	draw(80, 24);
	written();
	draw(60, 20);
	starts_with(written(), BEGIN "\r\x1b[2A\x1b[2Klong");
	unsetenv("XTERM_VERSION");
}

Test(screen, whole, .init = open_file, .fini = done)
{
	const char *lines[] = {"one", "two"};
	unsigned columns = 80, rows = 24;

	screen_open(&screen, fd, true);
	screen_room(&screen, &columns, &rows);
	cr_expect_eq(columns, 80);
	cr_expect_eq(rows, 23);
	set(2, lines, 0);
	draw(80, 24);
	starts_with(written(), "\x1b[?1049h" BEGIN "\x1b[H\x1b[2Kone");
	draw(80, 24);
	cr_expect_str_eq(written(), BEGIN "\x1b[H\r\n\r\n\x1b[J" END);
	screen_leave(&screen);
	cr_expect_str_eq(written(), "\x1b[?1049lone\r\ntwo\r\n");
	screen_leave(&screen);
	cr_expect_str_eq(written(), "");
}

static int terminal(unsigned short columns, unsigned short rows, int *ret_master)
{
	const struct winsize ws = {.ws_col = columns, .ws_row = rows};
	int slave;

	*ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(*ret_master, 0);
	cr_assert_eq(grantpt(*ret_master), 0);
	cr_assert_eq(unlockpt(*ret_master), 0);
	slave = open(ptsname(*ret_master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(slave, 0);
	cr_assert_eq(ioctl(slave, TIOCSWINSZ, &ws), 0);
	return slave;
}

Test(screen, mode, .init = open_file, .fini = done)
{
	static const struct {
		unsigned short columns, rows;
		const char *term;
		enum screen_mode mode;
	} rows[] = {
		{80, 24, "xterm", SCREEN_DRAWN}, {200, 50, "tmux-256color", SCREEN_DRAWN},
		{60, 10, "linux", SCREEN_DRAWN}, {59, 24, "xterm", SCREEN_LINES},
		{80, 9, "xterm", SCREEN_LINES},	 {0, 0, "xterm", SCREEN_LINES},
		{80, 24, "dumb", SCREEN_LINES},	 {80, 24, "", SCREEN_LINES},
	};
	unsigned columns, lines;

	cr_expect_eq(screen_mode(&screen, &columns, &lines), SCREEN_NONE, "a file");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int master, slave = terminal(rows[i].columns, rows[i].rows, &master);

		setenv("TERM", rows[i].term, 1);
		screen_open(&screen, slave, false);
		cr_expect_eq(screen_mode(&screen, &columns, &lines), rows[i].mode, "row %zu", i);
		cr_expect_eq(columns, rows[i].columns ? rows[i].columns : 80);
		close_fd(&slave);
		close_fd(&master);
	}
}

/* A terminal that was stopped holds up nothing: frames are left out, and none is torn. */
Test(screen, stopped_terminal, .init = open_file, .fini = done)
{
	static char line[1000], got[1 << 16];
	const char *lines[] = {line};
	int master, slave = terminal(80, 24, &master);
	ssize_t n = 0;

	memset(line, 'x', sizeof(line) - 1);
	screen_open(&screen, slave, false);
	for (unsigned i = 0; i < 200; i++) {
		line[0] = (char)('a' + i % 20);
		set(1, lines, 0);
		draw(80, 24);
	}
	cr_expect_gt(screen.len, 0, "it took everything");
	cr_assert_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	for (unsigned i = 0; i < 20; i++) {
		ssize_t more;

		while ((more = read(master, got + n, sizeof(got) - 1 - (size_t)n)) > 0)
			n += more;
		if (i < 3)
			draw(80, 24);
	}
	got[n] = '\0';
	cr_expect_eq(screen.len, 0);
	for (const char *p = got; (p = strstr(p, BEGIN)); p++)
		cr_expect_not_null(strstr(p, END), "a frame without its end");
	cr_expect_str_eq(got + strlen(got) - strlen(END), END);
	close_fd(&slave);
	close_fd(&master);
}
