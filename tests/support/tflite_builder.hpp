// TensorFlow Lite files made in memory, for the importer's tests: a description that a test can bend, and its bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include <flatbuffers/flatbuffers.h>

namespace hone::test {

using Bytes = std::vector<std::byte>;
template <class T> Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A scalar of an options table: its field number and value, whose type is what is written.
struct Option {
  std::uint16_t id;
  std::variant<std::int8_t, std::int32_t, float, std::vector<std::int32_t>, std::string> value;
};

struct SparseDimSpec {
  std::int8_t format = 0;  // 0 dense, 1 sparse
  std::int32_t dense_size = 0;
  std::uint8_t index_type = 1;  // 1: int32, 2: uint16, 3: uint8
  std::vector<std::int32_t> segments = {}, indices = {};
};
struct SparsitySpec {
  std::vector<std::int32_t> traversal = {}, block_map = {};
  std::vector<SparseDimSpec> dims = {};
};

/// `type`: 0 f32, 1 f16, 2 i32, 3 u8, 5 string, 9 i8, ... (schema.fbs, TensorType)
struct TensorSpec {
  std::string name = {};
  std::int8_t type = 0;
  std::vector<std::int32_t> shape = {};
  Bytes data = {};
  std::vector<float> scales = {};
  std::vector<std::int64_t> zero_points = {};
  std::int32_t axis = 0;
  std::vector<SparsitySpec> sparsity = {};  // none or one
  std::int64_t buffer = -1;                 // another number than its own, which is the tensor's + 1
  bool variable = false;
};
struct NodeSpec {
  std::int32_t op = 0;
  std::vector<std::int32_t> inputs = {}, outputs = {};
  std::uint8_t options_type = 0;
  std::vector<Option> options = {};
  std::string custom = {};
  std::vector<std::int32_t> intermediates = {};
};
struct FileSpec {
  std::vector<TensorSpec> tensors = {};
  std::vector<NodeSpec> nodes = {};
  std::vector<std::int32_t> inputs = {}, outputs = {};
  std::uint32_t version = 3;
  int subgraphs = 1;                 // the others are empty
  std::vector<FileSpec> inner = {};  // or these, from number 1 on
  std::size_t repeat_last = 0;       // how often the table of tensors leads to the last one again
};

namespace detail {
struct Any;
using Offset = flatbuffers::Offset<Any>;

class Builder {
 public:
  template <class Fill> Offset table(const Fill& fill) {
    const flatbuffers::uoffset_t start = fb_.StartTable();
    fill();
    return Offset(fb_.EndTable(start));
  }
  template <class T> void scalar(std::uint16_t id, T value) {
    fb_.AddElement<T>(flatbuffers::FieldIndexToOffset(id), value);
  }
  void child(std::uint16_t id, Offset offset) { fb_.AddOffset(flatbuffers::FieldIndexToOffset(id), offset); }
  template <class T> Offset vector(const std::vector<T>& values, std::size_t alignment = sizeof(T)) {
    fb_.ForceVectorAlignment(values.size(), sizeof(T), alignment);
    return Offset(fb_.CreateVector(values).o);
  }
  Offset string(const std::string& text) { return Offset(fb_.CreateString(text).o); }
  Bytes finish(Offset root) {
    fb_.Finish(root, "TFL3");
    const auto* p = reinterpret_cast<const std::byte*>(fb_.GetBufferPointer());
    return {p, p + fb_.GetSize()};
  }

  Offset options(const NodeSpec& node) {
    std::vector<Offset> vectors;  // and strings
    for (const Option& o : node.options) {
      if (const auto* v = std::get_if<std::vector<std::int32_t>>(&o.value)) vectors.push_back(vector(*v));
      if (const auto* t = std::get_if<std::string>(&o.value)) vectors.push_back(string(*t));
    }
    return table([&] {
      std::size_t next = 0;
      for (const Option& o : node.options) {
        if (const auto* b = std::get_if<std::int8_t>(&o.value))
          scalar(o.id, *b);
        else if (const auto* i = std::get_if<std::int32_t>(&o.value))
          scalar(o.id, *i);
        else if (const auto* f = std::get_if<float>(&o.value))
          scalar(o.id, *f);
        else
          child(o.id, vectors[next++]);
      }
    });
  }
  Offset index_vector(std::uint8_t type, const std::vector<std::int32_t>& values) {
    const Offset v = type == 2   ? vector(std::vector<std::uint16_t>(values.begin(), values.end()))
                     : type == 3 ? vector(std::vector<std::uint8_t>(values.begin(), values.end()))
                                 : vector(values);
    return table([&] { child(0, v); });
  }
  Offset sparsity(const SparsitySpec& s) {
    std::vector<Offset> dims;
    for (const SparseDimSpec& d : s.dims) {
      const Offset segments = index_vector(d.index_type, d.segments), indices = index_vector(d.index_type, d.indices);
      dims.push_back(table([&] {
        scalar(0, d.format);
        scalar(1, d.dense_size);
        if (d.format == 0) return;
        scalar(2, d.index_type);
        child(3, segments);
        scalar(4, d.index_type);
        child(5, indices);
      }));
    }
    const Offset order = vector(s.traversal), map = vector(s.block_map), list = vector(dims);
    return table([&] {
      child(0, order);
      child(1, map);
      child(2, list);
    });
  }
  Offset tensor(const TensorSpec& t, std::uint32_t own_buffer) {
    const Offset name = string(t.name), shape = vector(t.shape), scales = vector(t.scales),
                 zeros = vector(t.zero_points);
    const Offset quantization = table([&] {
      child(2, scales);
      child(3, zeros);
      scalar(6, t.axis);
    });
    const Offset sparse = t.sparsity.empty() ? Offset() : sparsity(t.sparsity[0]);
    return table([&] {
      child(0, shape);
      scalar(1, t.type);
      scalar(2, t.buffer < 0 ? own_buffer : static_cast<std::uint32_t>(t.buffer));
      child(3, name);
      if (t.variable) scalar(5, std::uint8_t{1});
      if (!t.scales.empty()) child(4, quantization);
      if (!t.sparsity.empty()) child(6, sparse);
    });
  }
  /// Buffers and operator codes of all graphs follow each other: those of this one start at these numbers.
  Offset graph(const FileSpec& file, std::size_t first_buffer, std::size_t first_code) {
    std::vector<Offset> tensors, nodes;
    for (std::size_t i = 0; i < file.tensors.size(); ++i) {
      tensors.push_back(tensor(file.tensors[i], static_cast<std::uint32_t>(first_buffer + i)));
    }
    tensors.insert(tensors.end(), file.repeat_last, tensors.empty() ? Offset() : tensors.back());
    for (std::size_t i = 0; i < file.nodes.size(); ++i) {
      const NodeSpec& n = file.nodes[i];
      const Offset inputs = vector(n.inputs), outputs = vector(n.outputs), opts = options(n),
                   intermediates = vector(n.intermediates);
      nodes.push_back(table([&] {
        scalar(0, static_cast<std::uint32_t>(first_code + i));  // each node has an operator code of its own
        child(1, inputs);
        child(2, outputs);
        scalar(3, n.options_type);
        if (n.options_type != 0) child(4, opts);
        if (!n.intermediates.empty()) child(8, intermediates);
      }));
    }
    const Offset t = vector(tensors), inputs = vector(file.inputs), outputs = vector(file.outputs), n = vector(nodes);
    return table([&] {
      child(0, t);
      child(1, inputs);
      child(2, outputs);
      child(3, n);
    });
  }

 private:
  flatbuffers::FlatBufferBuilder fb_;
};
}  // namespace detail

inline Bytes build(const FileSpec& file) {
  detail::Builder fb;
  std::vector<detail::Offset> codes, graphs, buffers;
  buffers.push_back(fb.table([] {}));  // number 0 is empty by convention
  const auto add = [&](const FileSpec& spec) {
    graphs.push_back(fb.graph(spec, buffers.size(), codes.size()));
    for (const NodeSpec& n : spec.nodes) {
      const detail::Offset custom = fb.string(n.custom);
      codes.push_back(fb.table([&] {
        fb.scalar(0, static_cast<std::int8_t>(n.op < 127 ? n.op : 127));
        if (!n.custom.empty()) fb.child(1, custom);
        fb.scalar(3, n.op);
      }));
    }
    for (const TensorSpec& t : spec.tensors) {
      if (t.data.empty()) {
        buffers.push_back(fb.table([] {}));
        continue;
      }
      const auto* p = reinterpret_cast<const std::uint8_t*>(t.data.data());
      const detail::Offset data = fb.vector(std::vector<std::uint8_t>(p, p + t.data.size()), 16);
      buffers.push_back(fb.table([&] { fb.child(0, data); }));
    }
  };
  if (file.subgraphs > 0) add(file);
  for (const FileSpec& inner : file.inner) add(inner);
  for (int i = 1; i < file.subgraphs; ++i) add({});
  const detail::Offset c = fb.vector(codes), g = fb.vector(graphs), b = fb.vector(buffers);
  return fb.finish(fb.table([&] {
    fb.scalar(0, file.version);
    fb.child(1, c);
    fb.child(2, g);
    fb.child(4, b);
  }));
}

template <class T> std::vector<T> ramp(std::size_t count, int from, int step) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>((from + static_cast<int>(i) * step) % 101);
  return values;
}

/// int8: conv 3x3 SAME, stride 2, relu; depthwise 3x3; average pool; reshape; fully connected; softmax.
inline FileSpec int8_net() {
  using i8 = std::int8_t;
  using i32 = std::int32_t;
  const auto weights = [](std::size_t n) { return bytes_of(ramp<i8>(n, -50, 7)); };
  const auto bias = [](std::size_t n) { return bytes_of(ramp<i32>(n, -20, 33)); };
  FileSpec f;
  f.tensors = {
      {"input", 9, {1, 6, 6, 2}, {}, {0.5f}, {3}},
      {"conv/w", 9, {4, 3, 3, 2}, weights(72), {0.01f, 0.02f, 0.03f, 0.04f}, {0, 0, 0, 0}, 0},
      {"conv/b", 2, {4}, bias(4), {0.005f, 0.01f, 0.015f, 0.02f}, {0, 0, 0, 0}, 0},
      {"conv", 9, {1, 3, 3, 4}, {}, {0.1f}, {-128}},
      {"depthwise/w", 9, {1, 3, 3, 4}, weights(36), {0.02f, 0.02f, 0.01f, 0.03f}, {0, 0, 0, 0}, 3},
      {"depthwise/b", 2, {4}, bias(4)},
      {"depthwise", 9, {1, 3, 3, 4}, {}, {0.2f}, {-5}},
      {"pool", 9, {1, 1, 1, 4}, {}, {0.2f}, {-5}},
      {"shape", 2, {2}, bytes_of<i32>({-1, 4})},
      {"flat", 9, {1, 4}, {}, {0.2f}, {-5}},
      {"dense/w", 9, {3, 4}, weights(12), {0.05f}, {0}},
      {"dense/b", 2, {3}, bias(3)},
      {"dense", 9, {1, 3}, {}, {0.3f}, {10}},
      {"probabilities", 9, {1, 3}, {}, {1 / 256.0f}, {-128}},
  };
  const Option same{0, i8{0}}, valid{0, i8{1}};
  f.nodes = {
      {3, {0, 1, 2}, {3}, 1, {same, {1, i32{2}}, {2, i32{2}}, {3, i8{1}}}, {}},
      {4, {3, 4, 5}, {6}, 2, {same, {1, i32{1}}, {2, i32{1}}, {3, i32{1}}, {4, i8{0}}}, {}},
      {1, {6}, {7}, 5, {valid, {1, i32{3}}, {2, i32{3}}, {3, i32{3}}, {4, i32{3}}}, {}},
      {22, {7, 8}, {9}, 0, {}, {}},
      {9, {9, 10, 11}, {12}, 8, {{0, i8{0}}}, {}},
      {25, {12}, {13}, 9, {{0, 1.0f}}, {}},
  };
  f.inputs = {0};
  f.outputs = {13};
  return f;
}

/// The remaining operators, in f32: pad; conv with f16 weights that are widened; relu6; max pool; reshape by options; a
/// fully connected layer whose sparse weights are written out; add; quantize and back.
inline FileSpec float_net() {
  using i8 = std::int8_t;
  using i32 = std::int32_t;
  const SparsitySpec rows{{0, 1}, {}, {{0, 3, 1, {}, {}}, {1, 0, 3, {0, 2, 2, 4}, {1, 6, 0, 7}}}};
  FileSpec f;
  f.tensors = {
      {"input", 0, {1, 4, 4, 1}, {}},
      {"paddings", 2, {4, 2}, bytes_of<i32>({0, 0, 1, 0, 0, 1, 0, 0})},
      {"padded", 0, {1, 5, 5, 1}, {}},
      {"conv/w16",
       1,
       {2, 2, 2, 1},
       bytes_of<std::uint16_t>({0x3c00, 0xbc00, 0x4000, 0x3800, 0, 0x0001, 0x3555, 0x7bff})},
      {"conv/w", 0, {2, 2, 2, 1}, {}},
      {"conv", 0, {1, 4, 4, 2}, {}},
      {"relu6", 0, {1, 4, 4, 2}, {}},
      {"pool", 0, {1, 2, 2, 2}, {}},
      {"flat", 0, {1, 8}, {}},
      {"dense/sparse", 0, {3, 8}, bytes_of<float>({1, 2, 3, 4}), {}, {}, 0, {rows}},
      {"dense/w", 0, {3, 8}, {}},
      {"dense", 0, {1, 3}, {}},
      {"offset", 0, {3}, bytes_of<float>({0.5f, -1, 2})},
      {"sum", 0, {1, 3}, {}},
      {"q", 3, {1, 3}, {}, {0.1f}, {128}},
      {"output", 0, {1, 3}, {}},
  };
  const Option valid{0, i8{1}};
  f.nodes = {
      {34, {0, 1}, {2}, 22, {}, {}},
      {6, {3}, {4}, 38, {}, {}},
      {3, {2, 4, -1}, {5}, 1, {valid, {1, i32{1}}, {2, i32{1}}}, {}},
      {21, {5}, {6}, 0, {}, {}},
      {17, {6}, {7}, 5, {valid, {1, i32{2}}, {2, i32{2}}, {3, i32{2}}, {4, i32{2}}}, {}},
      {22, {7}, {8}, 17, {{0, std::vector<i32>{1, -1}}}, {}},
      {124, {9}, {10}, 99, {}, {}},
      {9, {8, 10}, {11}, 8, {{0, i8{0}}}, {}},
      {0, {11, 12}, {13}, 11, {{0, i8{1}}}, {}},
      {114, {13}, {14}, 89, {}, {}},
      {6, {14}, {15}, 38, {}, {}},
  };
  f.inputs = {0};
  f.outputs = {15};
  return f;
}

}  // namespace hone::test
