#pragma once
#include <dlfcn.h>

#include <stdexcept>
#include <string>

/// A shared library that is loaded when it is first wanted: with all that it needs in turn that takes longer than many a command.
namespace muster {

class LoadedLibrary {
 public:
  /// By the name that the linker would have noted; `what` is how errors call it. Stays loaded.
  LoadedLibrary(const char* name, const char* what) : library_(dlopen(name, RTLD_NOW | RTLD_LOCAL)), what_(what) {}
  /// Throws std::runtime_error where it is not installed, or has no such function.
  template <class Function>
  Function* named(const char* name) const {
    void* const found = library_ ? dlsym(library_, name) : nullptr;
    if (!found) throw std::runtime_error(std::string(what_) + " cannot be loaded: " + dlerror());
    return reinterpret_cast<Function*>(found);
  }

 private:
  void* library_;
  const char* what_;
};

}  // namespace muster
