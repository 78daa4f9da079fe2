// A model of either format, loaded and made ready to run: what the subcommands see of it.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../include/hone/graph/executor.hpp"
#include "../include/hone/graph/onnx.hpp"

namespace hone::tools {

class Network {
 public:
  virtual ~Network() = default;
  virtual Expected<void> run() = 0;
  /// A network without state of its own, as all of ONNX's are, stays as it is.
  virtual void reset_state() = 0;
  virtual std::size_t input_count() const = 0;
  virtual std::size_t output_count() const = 0;
  virtual const graph::Tensor& input_info(std::size_t i) const = 0;
  virtual const graph::Tensor& output_info(std::size_t i) const = 0;
  virtual std::optional<std::size_t> find_input(std::string_view name) const = 0;
  virtual std::optional<std::size_t> find_output(std::string_view name) const = 0;
  virtual std::span<std::byte> input_bytes(std::size_t i) = 0;
  virtual std::span<const std::byte> output_bytes(std::size_t i) const = 0;
  virtual std::size_t arena_bytes() const = 0;
  virtual std::size_t weights_bytes() const = 0;
  virtual Tier tier() const = 0;
  virtual std::size_t threads() const = 0;
  virtual const std::vector<graph::StepInfo>& steps() const = 0;
  /// The shapes of outputs are known before the first run.
  virtual bool has_fixed_outputs() const = 0;
};

template <class Executor> class NetworkOf final : public Network {
 public:
  explicit NetworkOf(Executor executor) : executor_(std::move(executor)) {}
  Expected<void> run() override { return executor_(); }
  void reset_state() override {
    if constexpr (requires(Executor & e) { e.reset_state(); }) executor_.reset_state();
  }
  std::size_t input_count() const override { return executor_.input_count(); }
  std::size_t output_count() const override { return executor_.output_count(); }
  const graph::Tensor& input_info(std::size_t i) const override { return executor_.input_info(i); }
  const graph::Tensor& output_info(std::size_t i) const override { return executor_.output_info(i); }
  std::optional<std::size_t> find_input(std::string_view name) const override { return executor_.find_input(name); }
  std::optional<std::size_t> find_output(std::string_view name) const override { return executor_.find_output(name); }
  std::span<std::byte> input_bytes(std::size_t i) override { return executor_.input_bytes(i); }
  std::span<const std::byte> output_bytes(std::size_t i) const override { return executor_.output_bytes(i); }
  std::size_t arena_bytes() const override { return executor_.arena_bytes(); }
  std::size_t weights_bytes() const override { return executor_.weights_bytes(); }
  Tier tier() const override { return executor_.tier(); }
  std::size_t threads() const override { return executor_.threads(); }
  const std::vector<graph::StepInfo>& steps() const override { return executor_.steps(); }
  bool has_fixed_outputs() const override { return std::is_same_v<Executor, graph::Executor>; }

 private:
  Executor executor_;
};

}  // namespace hone::tools
