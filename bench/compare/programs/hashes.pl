# Hashes, lists and regular expressions: hashes.pl FILE
use strict;
use warnings;
my (%count, %ids);
while (my $line = <>) {
  chomp $line;
  my ($id, $name, $text) = split /\t/, $line;
  $count{$_}++ for split / /, $text;
  push @{$ids{$name}}, { id => $id, words => [split / /, $text] };
}
my @common = (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 19];
print "$_ $count{$_}\n" for @common;
my $joined = 0;
for my $name (sort keys %ids) {
  my $all = join ',', map { @{$_->{words}} } @{$ids{$name}};
  $all =~ s/([aeiou])/<$1>/g;
  $joined += length $all;
}
print scalar(keys %ids), " $joined\n";
