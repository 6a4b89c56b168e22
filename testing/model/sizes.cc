#include "testing/model/sizes.h"

#include <algorithm>
#include <bit>

namespace hakmem::model {
namespace {

// Size classes lie 16 bytes apart at first and four or eight per doubling above; slabs, pages and
// huge pages begin at powers of two.
size_t RandomBorder(TestRandom& random, const SizeRange& range) {
  if (range.smallest < 1024 && random.OneIn(2)) {
    return 16 * random.Between(0, std::min<size_t>(range.largest, 1024) / 16);
  }
  const size_t power = std::bit_floor(random.LogUniform(std::max<size_t>(range.smallest, 8),  //
                                                        std::max<size_t>(range.largest, 8)));
  return power + power / 8 * random.Below(8);
}

size_t Clamp(size_t size, const SizeRange& range) {
  return std::clamp(size, range.smallest, range.largest);
}

// Large blocks cost much more time than small ones; a range of all sizes gets few of them.
SizeRange MostlySmall(TestRandom& random, const SizeRange& range) {
  const size_t draw = random.Below(100);
  const size_t ceiling = draw < 80 ? 64 * kKiB : draw < 97 ? 2 * kMiB : range.largest;
  if (range.smallest > 16 * kKiB || ceiling > range.largest) return range;
  return {range.smallest, ceiling};
}

}  // namespace

size_t RandomSize(TestRandom& random, const SizeRange& whole_range) {
  const SizeRange range = MostlySmall(random, whole_range);
  if (random.OneIn(2)) return random.LogUniform(range.smallest, range.largest);
  const size_t border = RandomBorder(random, range);
  const size_t offset = random.Below(3);
  return Clamp(border + offset > 0 ? border + offset - 1 : 0, range);
}

size_t RandomNewSize(TestRandom& random, size_t old_size, const SizeRange& range) {
  switch (random.Below(6)) {
    case 0:
      return Clamp(old_size + random.Below(17), range);
    case 1:
      return Clamp(old_size - std::min<size_t>(old_size, random.Below(17)), range);
    case 2:
      return Clamp(old_size + old_size / 2 + 1, range);
    case 3:
      return Clamp(old_size / random.Between(2, 5), range);
    case 4:
      return Clamp(old_size * 2, range);
    default:
      return RandomSize(random, range);
  }
}

size_t RandomAlignment(TestRandom& random, size_t largest) {
  const size_t draw = random.Below(1000);
  const size_t ceiling = draw < 800 ? 4 * kKiB : draw < 970 ? 64 * kKiB : draw < 997 ? kMiB : kGiB;
  return size_t{1} << random.Below(std::bit_width(std::min(ceiling, largest)));
}

}  // namespace hakmem::model
