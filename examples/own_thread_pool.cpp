// Hone starts no threads of its own: kernels run their pieces on whatever the app has. Here that is std::async; a pool
// of the app's own is the same three lines. The result has the same bits as on one thread.
#include <hone/gemm.hpp>

#include <cstdio>
#include <future>
#include <vector>

namespace {
struct AppThreads {
  // Runs task(0) ... task(count - 1), each once, and returns when all are done.
  void operator()(std::size_t count, const hone::Task& task) {
    std::vector<std::future<void>> pieces;
    for (std::size_t i = 1; i < count; ++i) pieces.push_back(std::async(std::launch::async, [&task, i] { task(i); }));
    task(0);
    for (auto& piece : pieces) piece.wait();
    used = count;
  }
  std::size_t used = 0;
};
}  // namespace

int main() {
  constexpr std::ptrdiff_t m = 200, k = 300, n = 100;
  std::vector<float> x(m * k), w(k * n), alone(m * n), together(m * n);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1.0f / static_cast<float>(i % 97 + 1);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = 1.0f / static_cast<float>(i % 89 + 1);
  const auto weights = hone::pack({w.data(), k, n}).value();

  AppThreads threads;
  const hone::Parallel parallel(threads, 4);
  const auto one = hone::gemm({x.data(), m, k}, weights, {alone.data(), m, n});
  const auto many = hone::gemm({x.data(), m, k}, weights, {together.data(), m, n}, parallel);
  if (!one || !many) return 1;

  std::printf("%zu pieces; results %s\n", threads.used, alone == together ? "equal bit for bit" : "DIFFER");
  return alone == together && threads.used == 4 ? 0 : 1;
}
