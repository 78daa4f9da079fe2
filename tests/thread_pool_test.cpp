// ThreadPool: every task runs exactly once, whoever shares the pool and however it is called.
#include <catch2/catch_test_macros.hpp>
#include <hone/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

using hone::Parallel;
using hone::Task;
using hone::ThreadPool;

namespace {

/// How often each of `count` tasks ran.
std::vector<int> count_runs(ThreadPool& pool, std::size_t count) {
  std::vector<std::atomic<int>> runs(count);
  auto task = [&](std::size_t i) { ++runs[i]; };
  Parallel(pool, pool.threads()).run(count, Task(task));
  return {runs.begin(), runs.end()};
}

}  // namespace

TEST_CASE("a pool runs every task once") {
  for (const std::size_t threads : {0, 1, 2, 3, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == (threads == 0 ? 1 : threads));
    for (const std::size_t count : {0, 1, 2, 3, 7, 100, 1000}) {
      CHECK(count_runs(pool, count) == std::vector<int>(count, 1));
    }
  }
}

TEST_CASE("a pool of one starts no thread") {
  ThreadPool pool(1);
  std::set<std::thread::id> ids;
  auto task = [&](std::size_t) { ids.insert(std::this_thread::get_id()); };
  pool(50, Task(task));
  CHECK(ids == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("a pool shares the work out") {
  ThreadPool pool(2);
  std::atomic<int> inside{0};
  auto meet = [&](std::size_t) {  // ends only when both tasks run at the same time
    ++inside;
    while (inside.load() < 2) std::this_thread::yield();
  };
  pool(2, Task(meet));
  CHECK(inside == 2);
}

TEST_CASE("thousands of runs, with pauses long enough to fall asleep in between") {
  ThreadPool pool(3);
  std::atomic<long> sum{0};
  auto task = [&](std::size_t i) { sum += static_cast<long>(i); };
  for (int run = 0; run < 20000; ++run) {
    pool(5, Task(task));
    if (run % 2000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(sum == 20000L * (0 + 1 + 2 + 3 + 4));
}

TEST_CASE("a task may call its own pool") {
  ThreadPool pool(2);
  std::atomic<int> count{0};
  auto inner = [&](std::size_t) { ++count; };
  auto outer = [&](std::size_t) { pool(10, Task(inner)); };
  pool(4, Task(outer));
  CHECK(count == 40);
}

TEST_CASE("several threads share one pool") {
  ThreadPool pool(2);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int run = 0; run < 500; ++run) {
        if (count_runs(pool, 7) != std::vector<int>(7, 1)) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}
