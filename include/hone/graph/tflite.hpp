// TensorFlow Lite models (.tflite, schema version 3) into Hone's intermediate representation.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "file.hpp"
#include "model.hpp"
#include "passes/fold_constants.hpp"
#include "tflite_constants.hpp"
#include "tflite_ops.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"
#include "tflite_tensors.hpp"
#include "validate.hpp"

namespace hone::graph {

namespace tflite {

/// One graph of the file. Every step is false once an error is recorded.
class GraphImporter {
 public:
  GraphImporter(Reader& reader, const Table& root, GraphSource& graphs)
      : reader_(reader), root_(root), graphs_(graphs) {
    model_.format = "tflite";
    model_.source = reader.source();
  }
  bool run(const Table& graph) {
    const TableList operators = graph.get(schema::SubGraph::operators);
    if (!tensors_.run(graph.get(schema::SubGraph::tensors), root_.get(schema::Model::buffers))) return false;
    numbers(graph.get(schema::SubGraph::inputs), model_.inputs, "graph inputs");
    numbers(graph.get(schema::SubGraph::outputs), model_.outputs, "graph outputs");
    for (std::size_t i = 0; ok() && i < operators.size(); ++i) node(static_cast<int>(i), operators[i]);
    return ok() && initial_state();
  }
  Model& model() { return model_; }

 private:
  bool wrong(const std::string& what) { return reader_.fail(ErrorCode::bad_model, what); }
  bool unsupported(const std::string& what) { return reader_.fail(ErrorCode::unsupported, what); }
  bool ok() const { return !reader_.failed(); }

  /// Tensor numbers, each in range; -1 stands for none where `optional`. Nodes may name resources, graphs may not.
  bool numbers(const Values<std::int32_t>& from, std::vector<int>& to, const std::string& who, bool of_node = false,
               bool optional = false) {
    if (!reader_.copying(from.size() * sizeof(int))) return false;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::int32_t t = from[i];
      // The importer's own tensors come after those of the file.
      if (t < (optional ? -1 : 0) || t >= static_cast<std::int64_t>(tensors_.count())) {
        return wrong(who + ": number " + std::to_string(i) + " is tensor " + std::to_string(t) + ", expected 0 to " +
                     std::to_string(static_cast<std::int64_t>(tensors_.count()) - 1));
      }
      if (t >= 0 && !(of_node && tensors_.is_resource(t)) && !known_type(t, i, who)) return false;
      to.push_back(t);
    }
    return ok();
  }
  bool known_type(int t, std::size_t i, const std::string& who) {
    return tensors_.unsupported_type(t).empty() ||
           unsupported(who + ": number " + std::to_string(i) + ", " + label(model_, t) + ", is of type " +
                       std::string(tensors_.unsupported_type(t)) + ", which is not supported");
  }

  void node(int index, const Table& table) {
    using Field = schema::Operator;
    const OpRow* const row = operation("node " + std::to_string(index), table.get(Field::opcode_index));
    if (row == nullptr) return;
    Node node;
    node.op = row->name;
    node.index = index;
    const Values<std::int32_t> inputs = table.get(Field::inputs), outputs = table.get(Field::outputs);
    const std::uint8_t options = table.get(Field::builtin_options_type);
    const bool fixed = row->outputs != OpRow::any;
    if (inputs.size() < row->least || inputs.size() > row->most ||
        (fixed ? outputs.size() != row->outputs : outputs.size() == 0)) {
      wrong(describe(node) + ": " + std::to_string(inputs.size()) + " inputs and " + std::to_string(outputs.size()) +
            " outputs, expected " + std::to_string(row->least) +
            (row->most == row->least   ? ""
             : row->most == OpRow::any ? " or more"
                                       : " to " + std::to_string(row->most)) +
            " and " + (fixed ? std::to_string(row->outputs) : "1 or more"));
      return;
    }
    if (!numbers(inputs, node.inputs, describe(node) + ": inputs", true, true) ||
        !numbers(outputs, node.outputs, describe(node) + ": outputs", true)) {
      return;
    }
    const bool gaps = row->least > 4;  // LSTM: which inputs may be absent is for validate() to say
    for (std::size_t i = 0; i < (gaps ? 1 : row->least); ++i) {
      if (node.inputs[i] < 0) wrong(describe(node) + ": input " + std::to_string(i) + " is absent");
    }
    if (options != 0 && options != static_cast<std::uint8_t>(row->options)) {
      wrong(describe(node) + ": options of type " + std::to_string(options) + ", expected " +
            std::to_string(static_cast<int>(row->options)));
    }
    if (!ok()) return;
    Translation t{model_,
                  reader_,
                  constants_,
                  node,
                  variables_,
                  widened_,
                  graphs_,
                  options == 0 ? Table() : table.get(Field::builtin_options),
                  table.get(Field::intermediates)};
    if (!row->translate(t) || !ok() || t.drop) return;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {  // resources that the translation left over
      if (node.inputs[i] >= 0 && !known_type(node.inputs[i], i, describe(node) + ": inputs")) return;
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!known_type(node.outputs[i], i, describe(node) + ": outputs")) return;
    }
    if (const auto folded = folder_.fold(node); folded && *folded) return;
    model_.nodes.push_back(std::move(node));
  }

  const OpRow* operation(const std::string& who, std::uint32_t opcode) {
    const TableList codes = root_.get(schema::Model::operator_codes);
    if (opcode >= codes.size()) {
      wrong(who + ": operator code " + std::to_string(opcode) + " of " + std::to_string(codes.size()));
      return nullptr;
    }
    const Table entry = codes[opcode];
    const std::int32_t code = std::max<std::int32_t>(entry.get(schema::OperatorCode::deprecated_builtin_code),
                                                     entry.get(schema::OperatorCode::builtin_code));
    if (!ok()) return nullptr;
    if (code < 0 || static_cast<std::size_t>(code) >= schema::operator_names.size()) {
      unsupported(who + ": operator number " + std::to_string(code) + " is not known; supported: " + supported_ops());
      return nullptr;
    }
    const OpRow* const row = find_op(code);
    if (row == nullptr) {
      const std::string_view name = schema::operator_names[static_cast<std::size_t>(code)];
      unsupported(
          who + ": operator " +
          (name == "CUSTOM" ? quoted(entry.get(schema::OperatorCode::custom_code)) + " (custom)" : std::string(name)) +
          " is not supported; supported: " + supported_ops());
    }
    return row;
  }

  /// What CALL_ONCE assigns, to the variables of that name that something else uses too.
  bool initial_state() {
    for (const auto& [name, value] : variables_.initial) {
      for (const Variables::Variable& v : variables_.all) {
        if (v.name != name || v.tensor < 0) continue;
        Tensor& state = model_.tensors[static_cast<std::size_t>(v.tensor)];
        if (state.type != value->type || state.shape != value->shape) {
          return wrong(describe(model_, v.tensor) + ": its initial value is " + name_of(value->type) + " " +
                       to_string(value->shape));
        }
        state.data = value->data;
      }
    }
    return true;
  }

  Reader& reader_;
  Table root_;
  GraphSource& graphs_;
  Model model_;
  Constants constants_{model_, reader_};
  TensorImporter tensors_{model_, reader_, constants_};
  Variables variables_;
  std::map<int, int> widened_;
  ConstantFolder folder_{model_, Tier::baseline, 8 * reader_.bytes().size()};
};

/// One load.
class Importer : public GraphSource {
 public:
  Importer(std::span<const std::byte> bytes, std::string source) : reader_(bytes, std::move(source)) {}

  Expected<Model> run() {
    if (!header()) return tl::unexpected(reader_.error());
    const TableList graphs = root_.get(schema::Model::subgraphs);
    if (graphs.size() == 0) reader_.fail(ErrorCode::bad_model, "'Model.subgraphs' is empty");
    if (reader_.failed()) return tl::unexpected(reader_.error());
    GraphImporter main(reader_, root_, *this);
    if (!main.run(graphs[0])) return tl::unexpected(reader_.error());
    if (graphs.size() > 1 + imported_.size()) {
      std::vector<std::string>& notes = main.model().notes;
      notes.insert(notes.begin(), std::to_string(graphs.size()) + " subgraphs, " +
                                      std::to_string(1 + imported_.size()) + " of them used, the main one included");
    }
    if (auto valid = validate(main.model()); !valid) return tl::unexpected(std::move(valid.error()));
    return std::move(main.model());
  }

  std::shared_ptr<const Model> import(std::int32_t index, const std::string& who) override {
    constexpr int deepest = 8;
    const TableList graphs = root_.get(schema::Model::subgraphs);
    if (index < 1 || static_cast<std::size_t>(index) >= graphs.size()) {  // 0 is the main one, which nothing may run
      reader_.fail(ErrorCode::bad_model, who + ": subgraph " + std::to_string(index) + ", expected 1 to " +
                                             std::to_string(static_cast<std::int64_t>(graphs.size()) - 1));
      return nullptr;
    }
    if (const auto known = imported_.find(index); known != imported_.end()) return known->second;
    if (depth_ == deepest) {
      reader_.fail(ErrorCode::unsupported,
                   who + ": subgraphs within subgraphs, more than " + std::to_string(deepest) + " deep or in a circle");
      return nullptr;
    }
    ++depth_;
    GraphImporter importer(reader_, root_, *this);
    const bool read = importer.run(graphs[static_cast<std::size_t>(index)]);
    --depth_;
    if (!read) return nullptr;
    Model& model = importer.model();
    model.source += ": subgraph " + std::to_string(index);
    return imported_[index] = std::make_shared<const Model>(std::move(model));
  }

 private:
  bool header() {
    const std::span<const std::byte> bytes = reader_.bytes();
    if (bytes.size() < 8 || std::memcmp(bytes.data() + 4, schema::file_identifier.data(), 4) != 0) {
      return reader_.fail(ErrorCode::bad_model,
                          "not a TensorFlow Lite model: 'TFL3' expected at byte 4 of " + std::to_string(bytes.size()));
    }
    root_ = Table(reader_, 0, "Model");
    const std::uint32_t version = root_.get(schema::Model::version);
    if (!reader_.failed() && version != schema::version) {
      return reader_.fail(ErrorCode::unsupported, "schema version " + std::to_string(version) + ", expected " +
                                                      std::to_string(schema::version));
    }
    return !reader_.failed();
  }

  Reader reader_;
  Table root_;
  std::map<std::int32_t, std::shared_ptr<const Model>> imported_;
  int depth_ = 0;
};

}  // namespace tflite

/// Reads a TensorFlow Lite model that lies in memory. Nothing is copied that need not be: the constants of the model point
/// into `bytes`, which must outlive it unchanged; misaligned, sparse and widened ones are owned by the model.
/// `source_name` stands for the file's name in messages. The result has passed validate().
/// Errors: bad_model for bytes that are damaged or contradict themselves, unsupported for what Hone lacks, out_of_memory.
/// Time: linear in the file's tables, not in its constants, but for those that are copied. Memory: names, shapes and
/// scales at most 16 times the file, owned constants at most 256 times.
inline Expected<Model> load_tflite(std::span<const std::byte> bytes, const std::string& source_name) {
  return tflite::Importer(bytes, source_name).run();
}

/// Reads the file at `path`, mapped where the system can, and keeps it for as long as the model or a copy of it exists.
/// Errors: those of read_file() and of the overload above; each names the path.
inline Expected<Model> load_tflite(const std::string& path) {
  auto file = read_file(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  auto model = load_tflite(file->bytes, path);
  if (model) model->storage.push_back(std::move(file->owner));
  return model;
}

}  // namespace hone::graph
