// Threads belong to the caller: kernels never start any. A Parallel runs numbered tasks on whatever the caller has.
#pragma once
#include <cstddef>
#include <type_traits>

namespace hone {

/// Work cut into numbered pieces: task(index) computes piece `index`. Pieces are independent.
class Task {
 public:
  template <class F>
  explicit Task(F& function)
      : argument_(&function), call_([](void* f, std::size_t index) { (*static_cast<F*>(f))(index); }) {}
  void operator()(std::size_t index) const { call_(argument_, index); }

 private:
  void* argument_;
  void (*call_)(void*, std::size_t);
};

/// How to run tasks: `run(count, task)` calls task(0) ... task(count - 1) once each, in any order and on any threads, and
/// returns when all are done. A default Parallel runs them one after another on the calling thread. The result of an
/// operation does not depend on it: the same bits with any number of threads.
class Parallel {
 public:
  Parallel() = default;
  /// Over the caller's own pool: any callable `pool(std::size_t count, const hone::Task& task)`. `threads` is how many
  /// pieces are worth making. The callable is referred to, not copied.
  template <class Pool, class = std::enable_if_t<!std::is_same_v<Pool, Parallel>>>
  Parallel(Pool& pool, std::size_t threads)
      : pool_(&pool),
        threads_(threads == 0 ? 1 : threads),
        run_([](void* p, std::size_t count, const Task& task) { (*static_cast<Pool*>(p))(count, task); }) {}

  std::size_t threads() const { return threads_; }
  void run(std::size_t count, const Task& task) const {
    if (run_ == nullptr || count == 1) {
      for (std::size_t i = 0; i < count; ++i) task(i);
    } else {
      run_(pool_, count, task);
    }
  }

 private:
  void* pool_ = nullptr;
  std::size_t threads_ = 1;
  void (*run_)(void*, std::size_t, const Task&) = nullptr;
};

}  // namespace hone
