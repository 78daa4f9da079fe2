// ONNX files made by hand, for tests: the wire format written field by field.
#pragma once
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hone/graph/onnx.hpp>

namespace hone::test::onnx {

/// The bytes of a message. Fields are appended in any order.
class Message {
 public:
  Message& integer(unsigned field, std::int64_t value) {
    varint(field << 3);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& text(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(unsigned field, const Message& value) { return text(field, value.bytes_); }
  Message& real(unsigned field, float value) {
    varint(field << 3 | 5);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }
  std::span<const std::byte> span() const { return std::as_bytes(std::span(bytes_)); }

 private:
  void varint(std::uint64_t value) {
    for (; value > 127; value >>= 7) bytes_ += static_cast<char>(value | 128);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

inline Message attribute(std::string_view name, std::int64_t value) {
  return Message().text(1, name).integer(3, value).integer(20, 2);
}
inline Message attribute(std::string_view name, const Message& graph) {
  return Message().text(1, name).message(6, graph).integer(20, 5);
}
inline Message node(std::string_view op, std::initializer_list<std::string_view> inputs,
                    std::initializer_list<std::string_view> outputs, std::initializer_list<Message> attributes = {},
                    std::string_view domain = "") {
  Message m;
  for (const auto name : inputs) m.text(1, name);
  for (const auto name : outputs) m.text(2, name);
  m.text(4, op);
  for (const Message& a : attributes) m.message(5, a);
  if (!domain.empty()) m.text(7, domain);
  return m;
}
/// A tensor of raw bytes. `type` is ONNX's number: 1 f32, 2 u8, 3 i8, 6 i32, 7 i64, 9 bool.
template <class T>
Message tensor(std::string_view name, int type, std::initializer_list<std::int64_t> shape,
               const std::vector<T>& values) {
  Message m;
  for (const std::int64_t size : shape) m.integer(1, size);
  m.integer(2, type).text(8, name);
  m.text(9, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  return m;
}
/// A size of -1 is open.
inline Message value_info(std::string_view name, int type, std::initializer_list<std::int64_t> shape) {
  Message dims;
  for (const std::int64_t size : shape) dims.message(1, size < 0 ? Message().text(2, "n") : Message().integer(1, size));
  return Message().text(1, name).message(2, Message().message(1, Message().integer(1, type).message(2, dims)));
}
struct GraphSpec {
  std::vector<Message> nodes, initializers, inputs, outputs;
};
inline Message make_graph(const GraphSpec& spec) {
  Message m;
  for (const Message& n : spec.nodes) m.message(1, n);
  m.text(2, "g");
  for (const Message& t : spec.initializers) m.message(5, t);
  for (const Message& i : spec.inputs) m.message(11, i);
  for (const Message& o : spec.outputs) m.message(12, o);
  return m;
}
inline Message model(const GraphSpec& spec, std::int64_t opset = 17) {
  return Message().integer(1, 8).message(7, make_graph(spec)).message(8, Message().text(1, "").integer(2, opset));
}

/// What went wrong with loading, making or running it, or "".
inline std::string error_of(const Message& m, const graph::OnnxOptions& options = {}) {
  const auto loaded = graph::load_onnx(m.span(), "t.onnx");
  if (!loaded) return loaded.error().message;
  auto run = graph::OnnxExecutor::make(*loaded, options);
  if (!run) return run.error().message;
  if (auto ok = (*run)(); !ok) return ok.error().message;
  return "";
}

}  // namespace hone::test::onnx
