// Messages of onnx/onnx.proto3, whose field numbers these are, to the structures of graph.hpp.
#pragma once
#include <charconv>
#include <memory>

#include "elements.hpp"
#include "external.hpp"
#include "graph.hpp"
#include "wire.hpp"

namespace hone::graph::onnx {

/// Reads one file. Memory is bounded by the file's size: every structure stands for bytes of its own, and every tensor
/// must have as many elements as its shape says.
class Parser {
 public:
  Parser(std::string source, std::string folder, std::size_t memory_limit)
      : source_(std::move(source)), files_(std::move(folder)) {
    memory_->limit = memory_limit;
  }

  Expected<ModelDef> model(std::span<const std::byte> bytes) {
    ModelDef model;
    model.source = source_;
    bool has_graph = false;
    Fields f(bytes);
    while (error_.message.empty() && f.next()) {
      switch (f.number()) {
        case 7: graph(f.bytes(), model.graph, 0), has_graph = true; break;
        case 8: {
          const auto [domain, version] = opset(f.bytes());
          if (domain.empty() || domain == "ai.onnx") model.opset = version;
          break;
        }
        case 25: function(f.bytes(), model.functions.emplace_back()); break;
        default: break;
      }
    }
    if (!f.ok()) wrong("not an ONNX model, or damaged");
    if (error_.message.empty() && !has_graph) wrong("not an ONNX model: no graph");
    if (error_.message.empty() && (model.opset < 1 || model.opset > newest_opset)) {
      wrong("operator set " + std::to_string(model.opset) + " is not supported; supported: 1 to " +
                std::to_string(newest_opset),
            ErrorCode::unsupported);
    }
    if (!error_.message.empty()) return tl::unexpected<Error>(error_);
    files_.keep(model.storage);
    return model;
  }
  /// A file that holds one tensor, as test data does.
  Expected<Value> tensor_file(std::span<const std::byte> bytes, std::string& name) {
    Value value;
    tensor(bytes, value, name);
    if (!error_.message.empty()) return tl::unexpected<Error>(error_);
    return value;
  }

 private:
  static constexpr int deepest = 64;  // graphs within graphs
  static constexpr Index newest_opset = 23;

  void wrong(const std::string& what, ErrorCode code = ErrorCode::bad_model) {
    if (error_.message.empty()) error_ = {code, source_ + ": " + what};
  }
  void damaged(const Fields& f, const std::string& where) {
    if (!f.ok()) wrong(where + ": damaged");
  }

  static std::pair<std::string, Index> opset(std::span<const std::byte> bytes) {
    std::pair<std::string, Index> result;
    for (Fields f(bytes); f.next();) {
      if (f.number() == 1) result.first = f.text();
      if (f.number() == 2) result.second = f.integer();
    }
    return result;
  }

  void graph(std::span<const std::byte> bytes, Graph& g, int depth) {
    if (depth > deepest) return wrong("graphs nested more than " + std::to_string(deepest) + " deep");
    Fields f(bytes);
    while (error_.message.empty() && f.next()) {
      switch (f.number()) {
        case 1: node(f.bytes(), g.nodes.emplace_back(), g.nodes.size() - 1, depth); break;
        case 2: g.name = f.text(); break;
        case 5: {
          auto& [name, value] = g.initializers.emplace_back();
          tensor(f.bytes(), value, name);
          break;
        }
        case 11: value_info(f.bytes(), g.inputs.emplace_back()); break;
        case 12: value_info(f.bytes(), g.outputs.emplace_back()); break;
        case 15: wrong("graph '" + g.name + "': sparse initializers are not supported", ErrorCode::unsupported); break;
        default: break;
      }
    }
    damaged(f, "graph '" + g.name + "'");
  }

  void function(std::span<const std::byte> bytes, Function& to) {
    Fields f(bytes);
    while (error_.message.empty() && f.next()) {
      switch (f.number()) {
        case 1: to.name = f.text(); break;
        case 4: to.inputs.emplace_back(f.text()); break;
        case 5: to.outputs.emplace_back(f.text()); break;
        case 7: node(f.bytes(), to.nodes.emplace_back(), to.nodes.size() - 1, 1); break;
        case 9: {
          const auto [domain, version] = opset(f.bytes());
          if (domain.empty() || domain == "ai.onnx") to.opset = version;
          break;
        }
        case 10: to.domain = f.text(); break;
        case 11: attribute(f.bytes(), to.defaults.emplace_back(), 1); break;
        default: break;
      }
    }
    damaged(f, "function '" + to.name + "'");
  }

  void node(std::span<const std::byte> bytes, NodeDef& n, std::size_t number, int depth) {
    Fields f(bytes);
    while (error_.message.empty() && f.next()) {
      switch (f.number()) {
        case 1: n.inputs.emplace_back(f.text()); break;
        case 2: n.outputs.emplace_back(f.text()); break;
        case 3: n.name = f.text(); break;
        case 4: n.op = f.text(); break;
        case 5: attribute(f.bytes(), n.attributes.emplace_back(), depth); break;
        case 7: n.domain = f.text(); break;
        default: break;
      }
    }
    damaged(f, "node " + std::to_string(number) + " '" + n.op + "'");
    if (n.domain == "ai.onnx") n.domain.clear();
  }

  void attribute(std::span<const std::byte> bytes, Attribute& a, int depth) {
    using Kind = Attribute::Kind;
    Index type = 0;
    Kind seen = Kind::none;
    Fields f(bytes);
    while (error_.message.empty() && f.next()) {
      switch (f.number()) {
        case 1: a.name = f.text(); break;
        case 2: a.f = f.f32(), seen = Kind::f; break;
        case 3: a.i = f.integer(), seen = Kind::i; break;
        case 4: a.s = f.text(), seen = Kind::s; break;
        case 5: {
          std::string name;
          tensor(f.bytes(), a.tensor, name);
          seen = Kind::tensor;
          break;
        }
        case 6: {
          const auto made = std::make_shared<Graph>();
          graph(f.bytes(), *made, depth + 1);
          a.graph = made;
          seen = Kind::graph;
          break;
        }
        case 7: f.append_fixed<float>(a.floats), seen = Kind::floats; break;
        case 8: f.append_integers(a.ints), seen = Kind::ints; break;
        case 9: a.strings.emplace_back(f.text()), seen = Kind::strings; break;
        case 20: type = f.integer(); break;
        case 21: a.reference = f.text(); break;
        case 10:
        case 11:
        case 14:
        case 15:
        case 22:
        case 23: seen = Kind::other; break;
        default: break;
      }
    }
    damaged(f, "attribute '" + a.name + "'");
    // Fields with their default value need not be in the file: the declared type decides.
    constexpr Kind kinds[] = {Kind::none,  Kind::f,      Kind::i,    Kind::s,      Kind::tensor,
                              Kind::graph, Kind::floats, Kind::ints, Kind::strings};
    a.kind = type == 0 ? seen : type < 9 && type > 0 ? kinds[type] : Kind::other;
    if ((a.kind == Kind::tensor && !a.tensor.exists()) || (a.kind == Kind::graph && a.graph == nullptr)) {
      if (a.reference.empty()) wrong("attribute '" + a.name + "': has no value");
    }
  }

  void value_info(std::span<const std::byte> bytes, ValueInfo& info) {
    for (Fields f(bytes); f.next();) {
      if (f.number() == 1) info.name = f.text();
      if (f.number() != 2) continue;
      for (Fields type(f.bytes()); type.next();) {
        if (type.number() != 1) continue;
        for (Fields tensor(type.bytes()); tensor.next();) {
          if (tensor.number() == 1) info.type = dtype_of_number(tensor.integer());
          if (tensor.number() == 2) dimensions(tensor.bytes(), info);
        }
      }
    }
  }
  static void dimensions(std::span<const std::byte> bytes, ValueInfo& info) {
    info.has_shape = true;
    info.dims.clear();
    info.dim_names.clear();
    for (Fields f(bytes); f.next();) {
      if (f.number() != 1) continue;
      Index size = -1;
      std::string name;
      for (Fields dim(f.bytes()); dim.next();) {
        if (dim.number() == 1) size = dim.integer();
        if (dim.number() == 2) name = dim.text();
      }
      // Exporters write -1 or 0 for a size they do not know.
      info.dims.push_back(size > 0 || (size == 0 && name.empty()) ? size : -1);
      info.dim_names.push_back(std::move(name));
    }
  }

  /// Elements in whichever of the eight places the file has them.
  struct Elements {
    std::span<const std::byte> raw;
    bool is_raw = false, external = false;
    std::vector<float> floats;
    std::vector<double> doubles;
    std::vector<std::int64_t> integers;
    std::vector<std::uint64_t> unsigneds;
    std::string location;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
  };

  void tensor(std::span<const std::byte> bytes, Value& value, std::string& name) {
    Index type = 0;
    Elements e;
    Shape shape;
    Fields f(bytes);
    while (f.next()) {
      switch (f.number()) {
        case 1: f.append_integers(shape); break;
        case 2: type = f.integer(); break;
        case 4: f.append_fixed<float>(e.floats); break;
        case 5:
        case 7: f.append_integers(e.integers); break;
        case 8: name = f.text(); break;
        case 9: e.raw = f.bytes(), e.is_raw = true; break;
        case 10: f.append_fixed<double>(e.doubles); break;
        case 11: f.append_integers(e.unsigneds); break;
        case 13: external_entry(f.bytes(), e); break;
        case 14: e.external = f.integer() == 1; break;
        default: break;
      }
    }
    const std::string where = "tensor '" + name + "'";
    damaged(f, where);
    if (!error_.message.empty()) return;
    const std::optional<DType> known = dtype_of_number(type);
    if (!known) {
      return wrong(where + ": element type " + std::to_string(type) + " is not supported", ErrorCode::unsupported);
    }
    value.type = *known;
    value.shape = std::move(shape);
    Index size = element_count(value.shape);
    if (size < 0 || __builtin_mul_overflow(size, static_cast<Index>(size_of(*known)), &size)) {
      return wrong(where + ": its shape " + to_string(value.shape) + " cannot be");
    }
    if (e.external) {
      auto found = files_.find(e.location, e.offset, e.length.value_or(static_cast<std::uint64_t>(size)));
      if (!found) return wrong(where + ": " + found.error().message);
      e.raw = *found;
      e.is_raw = true;
    }
    if (e.is_raw) return raw_elements(value, e.raw, static_cast<std::size_t>(size), where);
    typed_elements(value, e, where);
  }
  static void external_entry(std::span<const std::byte> bytes, Elements& e) {
    std::string key, text;
    for (Fields f(bytes); f.next();) {
      if (f.number() == 1) key = f.text();
      if (f.number() == 2) text = f.text();
    }
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (key == "location") e.location = text;
    if (key == "offset") e.offset = number;
    if (key == "length") e.length = number;
  }
  void raw_elements(Value& value, std::span<const std::byte> raw, std::size_t size, const std::string& where) {
    if (raw.size() != size) {
      return wrong(where + ": " + std::to_string(raw.size()) + " bytes for " + describe(value) + ", expected " +
                   std::to_string(size));
    }
    if (size > 0 && reinterpret_cast<std::uintptr_t>(raw.data()) % size_of(value.type) == 0) {
      value.data = raw.data();
      return;
    }
    if (auto made = Value::make(memory_, value.type, value.shape)) {
      value = std::move(*made);
      if (size > 0) std::memcpy(value.own, raw.data(), size);
    } else {
      wrong(where + ": " + made.error().message, made.error().code);
    }
  }
  void typed_elements(Value& value, const Elements& e, const std::string& where) {
    const bool bits = value.type == DType::f16 || value.type == DType::bf16;  // stored as integers
    const std::size_t given = !e.floats.empty()     ? e.floats.size()
                              : !e.doubles.empty()  ? e.doubles.size()
                              : !e.integers.empty() ? e.integers.size()
                                                    : e.unsigneds.size();
    if (static_cast<Index>(given) != value.count()) {
      return wrong(where + ": " + std::to_string(given) + " elements for " + describe(value) + ", expected " +
                   std::to_string(value.count()));
    }
    auto made = Value::make(memory_, value.type, value.shape);
    if (!made) return wrong(where + ": " + made.error().message, made.error().code);
    value = std::move(*made);
    const auto count = value.count();
    const DType as = bits ? DType::u16 : value.type;
    if (!e.floats.empty())
      store(e.floats.data(), count, value.type, value.own);
    else if (!e.doubles.empty())
      store(e.doubles.data(), count, value.type, value.own);
    else if (!e.integers.empty())
      store_bits(e.integers, as, value.own);
    else
      store_bits(e.unsigneds, as, value.own);
  }
  /// The low bits of each, whatever the sign.
  template <class T> static void store_bits(const std::vector<T>& from, DType type, std::byte* to) {
    if (is_float(type)) return store(from.data(), static_cast<Index>(from.size()), type, to);
    for (std::size_t i = 0, size = size_of(type); i < from.size(); ++i) {
      const auto x = static_cast<std::uint64_t>(type == DType::boolean ? from[i] != 0 : from[i]);
      std::memcpy(to + i * size, &x, size);
    }
  }

  std::string source_;
  ExternalFiles files_;
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
  Error error_;
};

}  // namespace hone::graph::onnx
