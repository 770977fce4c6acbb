#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Every sentence in the sources of the profile room must occur in an expected diagnostic: a message that
# no golden file shows is one that nobody has read.
# usage: diag_coverage.pl SOURCE_DIR DIAG_DIR
use strict;
use warnings;

# Not diagnostics of a file, or not to be had with a small one: each is tested elsewhere, or cannot be.
my @exempt = (
	'a name for each machine number',          # static assertion
	'out of memory',                           # libyaml's, on its way up
	'the file is larger than %d bytes',        # tests/unit/test_profile_load.c
	'cannot read the %s %s',                   # an error, not a diagnostic: same test
	'the machine\'s page size is not known',   # of a plan: tests/unit/test_profile_expr.c
	'set %s to %s',                            # the text of an action
	'%s\n      | ',                            # the frame of a source line
);

@ARGV == 2 or die "usage: $0 SOURCE_DIR DIAG_DIR\n";
my ($sources, $goldens) = @ARGV;
my $expected = join '', map { slurp($_) } glob "$goldens/*.expected";
my (%seen, @missing);

sub slurp {
	open my $f, '<', $_[0] or die "$_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

# String literals of a C file, those that stand side by side joined, without comments.
sub literals {
	my ($c) = @_;
	my ($token, @found, $open) = (qr{"(?:[^"\\]|\\.)*"|/\*.*?\*/|//[^\n]*|'(?:[^'\\]|\\.)*'|\s+|.}s);

	while ($c =~ /($token)/g) {
		my $t = $1;
		next if $t =~ /^\s/ || $t =~ m{^/[*/]};
		if ($t =~ /^"(.*)"$/s) {
			push @found, '' unless $open;
			$found[-1] .= $1;
			$open = 1;
		} else {
			$open = 0;
		}
	}
	s/\\n/\n/g, s/\\(["\\])/$1/g for @found;
	return @found;
}

sub is_shown {
	my $pattern = quotemeta $_[0];
	# %s, %zu, %.64s, %.*s, %lld, %04X; %% is a percent sign
	$pattern =~ s/\\%\\%/%/g;
	$pattern =~ s/\\%(?:\\\.)?(?:\\\*|\d)*(?:ll|z)?[sduX]/.*/g;
	return $expected =~ /$pattern/;
}

for my $file (sort glob "$sources/*.c") {
	my $text = slurp($file);
	next if $file =~ m{/common\.c$}; # the help of options
	for my $s (literals($text)) {
		next if ($s =~ tr/ //) < 2 || $s =~ /^\s*$/ || $seen{$s}++;
		next if grep { $_ eq $s } @exempt;
		push @missing, "$file: \"$s\"" unless is_shown($s);
	}
}
print "no expected diagnostic has: $_\n" for @missing;
printf "%d sentences, %d not shown\n", scalar(keys %seen), scalar(@missing);
exit(@missing || !%seen ? 1 : 0);
