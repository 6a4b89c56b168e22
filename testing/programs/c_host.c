// A C program, without the C++ runtime until it loads the plugin that is its argument
// (cxx_plugin.cc).
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD) != NULL) {
    puts("the C++ runtime is there already: this tests nothing");
    return 3;
  }
  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) {
    puts(dlerror());
    return 4;
  }
  const char* (*const refusals)(void) = (const char* (*)(void))dlsym(plugin, "Refusals");
  puts(refusals());
  return 0;
}
