# Strings that grow, hashes, regular expressions, sorting, closures, pack, sprintf, and references.
use strict;
use warnings;

my $state = 42;
sub random {    # a generator of our own: the same numbers on every Perl
    my ($limit) = @_;
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return int($state / 65536) % $limit;
}

sub digest {
    my $sum = 5381;
    $sum = ($sum * 33 + $_) % 4294967291 for unpack("C*", $_[0]);
    return $sum;
}

my %count;
$count{ join "", map { chr(97 + random(26)) } 1 .. 3 }++ for 1 .. 60000;
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "counts ", scalar(@top), " @top[0 .. 9]\n";
delete @count{ @top[ 0 .. $#top / 2 ] };
print "left ", scalar(keys %count), "\n";

my $text = "";
$text .= sprintf("%d:%s;", $_, "=" x random(30)) for 1 .. 40000;
print "text ", length($text), " ", digest(substr($text, 0, 50000)), "\n";
(my $changed = $text) =~ s/(\d+):(=*)/length($2) . ":" . reverse($1)/ge;
print "changed ", length($changed), " ", digest(substr($changed, 0, 50000)), "\n";
my @fields = split /[:;]/, $changed;
print "fields ", scalar(@fields), " ", join(",", (sort { $a cmp $b } @fields)[ 100 .. 110 ]), "\n";

my @live;
for my $step (1 .. 150000) {
    $live[ random(10000) ] = chr(97 + $step % 26) x (1 + random(600));
}
print "live ", digest(join "", map { defined $_ ? substr($_, 0, 3) . length : "-" } @live), "\n";

my $tree;
sub insert {
    my ($node, $key) = @_;
    return { key => $key, size => 1 } unless $node;
    my $side = $key lt $node->{key} ? "left" : "right";
    $node->{$side} = insert($node->{$side}, $key);
    $node->{size}++;
    return $node;
}
$tree = insert($tree, "k" . random(100000)) for 1 .. 8000;
sub walk { my ($node) = @_; return $node ? (walk($node->{left}), $node->{key}, walk($node->{right})) : () }
print "tree ", $tree->{size}, " ", digest(join ",", walk($tree)), "\n";
undef $tree;

my @closures = map { my $n = $_; my @kept = (1 .. $n % 50); sub { $n + @kept } } 1 .. 20000;
my $sum = 0;
$sum += $_->() for @closures;
print "closures $sum\n";

my $packed = pack("(w/a*)*", map { "item $_" x (1 + $_ % 7) } 1 .. 20000);
print "packed ", length($packed), " ", scalar(my @items = unpack("(w/a*)*", $packed)), "\n";

open my $out, ">", "lines.txt" or die $!;
printf $out "%06d %s\n", $_, join " ", map { random(1000) } 1 .. 5 for 1 .. 20000;
close $out;
open my $in, "<", "lines.txt" or die $!;
my @sorted = sort { (split / /, $a)[3] <=> (split / /, $b)[3] || $a cmp $b } <$in>;
print "sorted ", digest(join "", @sorted[ 0 .. 2000 ]), "\n";
for my $child (1 .. 3) {
    my $pid = open(my $pipe, "-|") // die $!;
    if (!$pid) { print join(",", map { $_ * $child } 1 .. 2000); exit 0 }
    print "child $child ", digest(scalar <$pipe>), "\n";
    close $pipe or die;
}
