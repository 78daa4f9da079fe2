// A small pool of threads for callers that have none of their own.
//
//   hone::ThreadPool pool(4);
//   hone::gemm(x, w, y, hone::Parallel(pool, pool.threads()));
//
// The work of a network is thousands of runs of some microseconds each, so what counts is the cost of one run: no
// allocation, no lock while the workers are awake, one atomic operation for each task taken.
#pragma once
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <new>

#include "parallel.hpp"

namespace hone {

/// `threads` - 1 workers beside the calling thread. Several threads may share one pool: the one that comes first has
/// the workers, the others meanwhile run their tasks alone, which is better than more threads than cores. A task may
/// itself call the pool; its own tasks then run one after another.
class ThreadPool {
 public:
  /// Starts `threads` - 1 workers, or as many as the system allows: threads() tells. Fails in no other way.
  explicit ThreadPool(std::size_t threads) {
    if (threads <= 1) return;
    workers_.reset(new (std::nothrow) pthread_t[threads - 1]);
    if (workers_ == nullptr) return;
    const auto main = [](void* pool) -> void* {
      static_cast<ThreadPool*>(pool)->work();
      return nullptr;
    };
    while (count_ < threads - 1 && pthread_create(&workers_[count_], nullptr, main, this) == 0) ++count_;
  }
  ~ThreadPool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::size_t i = 0; i < count_; ++i) pthread_join(workers_[i], nullptr);
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The calling thread and the workers.
  std::size_t threads() const { return count_ + 1; }

  /// Calls task(0) ... task(count - 1) on the calling thread and the workers; returns when all are done.
  void operator()(std::size_t count, const Task& task) {
    const bool alone = count_ == 0 || count <= 1 || count > std::numeric_limits<std::int32_t>::max();
    if (alone || busy_.exchange(true, std::memory_order_acquire)) {
      for (std::size_t i = 0; i < count; ++i) task(i);
      return;
    }
    task_ = &task;
    done_.store(0, std::memory_order_relaxed);
    left_.store(static_cast<std::int32_t>(count), std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) {
      // Whoever counted itself as a sleeper holds the mutex until it waits, so the notification is not lost.
      { const std::lock_guard<std::mutex> lock(mutex_); }
      wake_.notify_all();
    }
    while (take()) {
    }
    for (int spins = 0; done_.load(std::memory_order_acquire) != count; ++spins) pause(spins);
    busy_.store(false, std::memory_order_release);
  }

 private:
  static constexpr int spins_before_yield = 256;   // some microseconds: a step's pieces end at nearly the same time
  static constexpr int spins_before_sleep = 2048;  // some tens: the time between two steps of a network

  static void pause(int spins) {
    if (spins % spins_before_yield == spins_before_yield - 1) sched_yield();
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
  }

  /// Runs one task if there is one left. Taking it is what makes task_ valid: a run ends only when each task taken from
  /// it is done, so a worker that comes late finds none left, or one of the next run, and never an old task_.
  bool take() {
    std::int32_t left = left_.load(std::memory_order_relaxed);
    do {
      if (left <= 0) return false;
    } while (!left_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel, std::memory_order_relaxed));
    (*task_)(static_cast<std::size_t>(left - 1));
    done_.fetch_add(1, std::memory_order_release);
    return true;
  }

  void work() {
    for (int spins = 0;; ++spins) {
      if (take()) {
        spins = 0;
      } else if (spins < spins_before_sleep) {
        pause(spins);
      } else {
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        wake_.wait(lock, [&] { return stop_ || left_.load(std::memory_order_seq_cst) > 0; });
        sleepers_.fetch_sub(1, std::memory_order_relaxed);
        if (stop_) return;
        spins = 0;
      }
    }
  }

  std::unique_ptr<pthread_t[]> workers_;
  std::size_t count_ = 0;
  std::atomic<bool> busy_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;  // under mutex_
  std::atomic<int> sleepers_{0};
  const Task* task_ = nullptr;
  // Written by every thread of a run: on cache lines of their own.
  alignas(64) std::atomic<std::int32_t> left_{0};
  alignas(64) std::atomic<std::size_t> done_{0};
};

}  // namespace hone
