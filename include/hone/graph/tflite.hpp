// TensorFlow Lite models (.tflite, schema version 3) into Hone's intermediate representation.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "file.hpp"
#include "model.hpp"
#include "tflite_constants.hpp"
#include "tflite_ops.hpp"
#include "tflite_reader.hpp"
#include "tflite_schema.hpp"
#include "tflite_tensors.hpp"
#include "validate.hpp"

namespace hone::graph {

namespace tflite {

/// One load. Every step is false once an error is recorded.
class Importer {
 public:
  Importer(std::span<const std::byte> bytes, std::string source) : reader_(bytes, std::move(source)) {
    model_.format = "tflite";
    model_.source = reader_.source();
  }

  Expected<Model> run() {
    if (!header() || !graph()) return tl::unexpected(reader_.error());
    if (auto valid = validate(model_); !valid) return tl::unexpected(std::move(valid.error()));
    return std::move(model_);
  }

 private:
  bool wrong(const std::string& what) { return reader_.fail(ErrorCode::bad_model, what); }
  bool unsupported(const std::string& what) { return reader_.fail(ErrorCode::unsupported, what); }
  bool ok() const { return !reader_.failed(); }

  bool header() {
    const std::span<const std::byte> bytes = reader_.bytes();
    if (bytes.size() < 8 || std::memcmp(bytes.data() + 4, schema::file_identifier.data(), 4) != 0) {
      return wrong("not a TensorFlow Lite model: 'TFL3' expected at byte 4 of " + std::to_string(bytes.size()));
    }
    root_ = Table(reader_, 0, "Model");
    const std::uint32_t version = root_.get(schema::Model::version);
    if (ok() && version != schema::version) {
      return unsupported("schema version " + std::to_string(version) + ", expected " + std::to_string(schema::version));
    }
    return ok();
  }

  bool graph() {
    const TableList graphs = root_.get(schema::Model::subgraphs);
    if (graphs.size() == 0) return wrong("'Model.subgraphs' is empty");
    const Table graph = graphs[0];
    if (graphs.size() > 1) {
      model_.notes.push_back(std::to_string(graphs.size()) + " subgraphs; only the first, the main one, is read");
    }
    const TableList operators = graph.get(schema::SubGraph::operators);
    if (!tensors_.run(graph.get(schema::SubGraph::tensors), root_.get(schema::Model::buffers))) return false;
    numbers(graph.get(schema::SubGraph::inputs), model_.inputs, "graph inputs");
    numbers(graph.get(schema::SubGraph::outputs), model_.outputs, "graph outputs");
    for (std::size_t i = 0; ok() && i < operators.size(); ++i) node(static_cast<int>(i), operators[i]);
    return ok();
  }

  /// Tensor numbers, each in range; -1 stands for none where `optional`.
  bool numbers(const Values<std::int32_t>& from, std::vector<int>& to, const std::string& who, bool optional = false) {
    if (!reader_.copying(from.size() * sizeof(int))) return false;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::int32_t t = from[i];
      if (t < (optional ? -1 : 0) || t >= static_cast<std::int64_t>(model_.tensors.size())) {
        return wrong(who + ": number " + std::to_string(i) + " is tensor " + std::to_string(t) + ", expected 0 to " +
                     std::to_string(static_cast<std::int64_t>(model_.tensors.size()) - 1));
      }
      if (t >= 0 && !tensors_.unsupported_type(t).empty()) {
        return unsupported(who + ": number " + std::to_string(i) + ", " + label(model_, t) + ", is of type " +
                           std::string(tensors_.unsupported_type(t)) + ", which is not supported");
      }
      to.push_back(t);
    }
    return ok();
  }

  void node(int index, const Table& table) {
    using Field = schema::Operator;
    const std::string who = "node " + std::to_string(index);
    const TableList codes = root_.get(schema::Model::operator_codes);
    const std::uint32_t opcode = table.get(Field::opcode_index);
    if (opcode >= codes.size()) {
      wrong(who + ": operator code " + std::to_string(opcode) + " of " + std::to_string(codes.size()));
      return;
    }
    const Table entry = codes[opcode];
    const std::int32_t code = std::max<std::int32_t>(entry.get(schema::OperatorCode::deprecated_builtin_code),
                                                     entry.get(schema::OperatorCode::builtin_code));
    if (!ok()) return;
    if (code < 0 || static_cast<std::size_t>(code) >= schema::operator_names.size()) {
      unsupported(who + ": operator number " + std::to_string(code) + " is not known; supported: " + supported_ops());
      return;
    }
    const std::string_view name = schema::operator_names[static_cast<std::size_t>(code)];
    const OpRow* const row = find_op(code);
    if (row == nullptr) {
      const bool custom = code == static_cast<std::int32_t>(schema::Op::custom);
      unsupported(who + ": operator " +
                  (custom ? quoted(entry.get(schema::OperatorCode::custom_code)) + " (custom)" : std::string(name)) +
                  " is not supported; supported: " + supported_ops());
      return;
    }
    Node node;
    node.op = name;
    node.index = index;
    const Values<std::int32_t> inputs = table.get(Field::inputs), outputs = table.get(Field::outputs);
    const std::uint8_t options = table.get(Field::builtin_options_type);
    if (inputs.size() < row->least || inputs.size() > row->most || outputs.size() != 1) {
      wrong(describe(node) + ": " + std::to_string(inputs.size()) + " inputs and " + std::to_string(outputs.size()) +
            " outputs, expected " + std::to_string(row->least) +
            (row->most == row->least ? "" : " to " + std::to_string(row->most)) + " and 1");
      return;
    }
    if (!numbers(inputs, node.inputs, describe(node) + ": inputs", true) ||
        !numbers(outputs, node.outputs, describe(node) + ": outputs")) {
      return;
    }
    for (std::size_t i = 0; i < row->least; ++i) {
      if (node.inputs[i] < 0) wrong(describe(node) + ": input " + std::to_string(i) + " is absent");
    }
    if (options != 0 && options != static_cast<std::uint8_t>(row->options)) {
      wrong(describe(node) + ": options of type " + std::to_string(options) + ", expected " +
            std::to_string(static_cast<int>(row->options)));
    }
    if (!ok()) return;
    Translation t{model_, reader_, constants_, node, options == 0 ? Table() : table.get(Field::builtin_options)};
    if (row->translate(t) && ok() && !t.drop) model_.nodes.push_back(std::move(node));
  }

  Reader reader_;
  Model model_;
  Constants constants_{model_, reader_};
  TensorImporter tensors_{model_, reader_, constants_};
  Table root_;
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
