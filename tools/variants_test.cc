// Compares the macros of the variant it was built in with those it is told: NAME=VALUE arguments.

#include <cstdio>
#include <string>

#define VARIANT_MACRO(name) \
  { #name, name }

struct Macro {
  const char* name;
  int value;
};

constexpr Macro kMacros[] = {
    VARIANT_MACRO(HAKMEM_HARDENED),     VARIANT_MACRO(HAKMEM_HEADER_CLASSIDX),
    VARIANT_MACRO(HAKMEM_HEADER_GUARD), VARIANT_MACRO(HAKMEM_SIZE_CLASSES_POW2),
    VARIANT_MACRO(HAKMEM_STATS),        VARIANT_MACRO(HAKMEM_VALIDATE),
};

// Whether the macro named in "NAME=VALUE" exists and has the value.
bool Holds(const char* expected) {
  for (const Macro& macro : kMacros) {
    if (expected == macro.name + std::string("=") + std::to_string(macro.value)) return true;
  }
  return false;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s NAME=VALUE...\n", argv[0]);
    return 2;
  }
  int wrong = 0;
  for (int i = 1; i < argc; ++i) {
    if (Holds(argv[i])) continue;
    std::fprintf(stderr, "not in this variant: %s\n", argv[i]);
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
