// FlatBuffers tables read from bytes that nobody has vouched for: every offset is checked against the file before it is
// followed, so no verification pass comes first. FlatBuffers' runtime gives the widths and the byte order; generated
// code is not used, because it is tied to one version of the runtime (2.0.8 and 23.5.26 both work here).
//
// Layout (flatbuffers.dev, "FlatBuffers internals"): a table starts with a signed 32-bit distance back to its vtable; the
// vtable is 16-bit: its own size, the table's size, then field offsets within the table, 0 for an absent field. Strings,
// vectors and child tables are unsigned 32-bit distances forward. Vectors start with a 32-bit count.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include <flatbuffers/base.h>

#include "../error.hpp"

namespace hone::graph::tflite {

// Fields of a table as tflite_schema.hpp declares them: the number the schema gives, and the name for messages.
template <class T> struct Scalar {
  std::uint16_t id;
  const char* name;
  T fallback = 0;
};
template <class T> struct Vector {
  std::uint16_t id;
  const char* name;
};  // of scalars
struct Text {
  std::uint16_t id;
  const char* name;
};
struct Child {
  std::uint16_t id;
  const char* name;
};  // a table
struct Children {
  std::uint16_t id;
  const char* name;
};  // a vector of tables

template <class T> T load(const std::byte* p) {  // T may lie at any address
  T value;
  std::memcpy(&value, p, sizeof value);
  return flatbuffers::EndianScalar(value);
}

/// The scalars of a vector inside the file.
template <class T> class Values {
 public:
  Values() = default;
  explicit Values(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const { return bytes_.size() / sizeof(T); }
  T operator[](std::size_t i) const { return load<T>(bytes_.data() + i * sizeof(T)); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// The file and the first thing found wrong with it. After an error, what was asked for reads as absent or empty, so the
/// importer needs to look only once per table.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string source) : bytes_(bytes), source_(std::move(source)) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& source() const { return source_; }
  bool failed() const { return failed_; }
  const Error& error() const { return error_; }
  /// Records "source: message" unless an error came before; false, so that a check reads `ok || fail(...)`.
  bool fail(ErrorCode code, const std::string& message) {
    if (!failed_) error_ = {code, source_ + ": " + message};
    failed_ = true;
    return false;
  }
  bool damaged(std::size_t at, const std::string& what) {
    return fail(ErrorCode::bad_model,
                "damaged at byte " + std::to_string(at) + " of " + std::to_string(bytes_.size()) + ": " + what);
  }
  bool holds(std::size_t at, std::size_t size) const { return at <= bytes_.size() && size <= bytes_.size() - at; }
  template <class T> T at(std::size_t position) const { return load<T>(bytes_.data() + position); }  // after holds()

  /// To be called before bytes of the file are copied. Thousands of offsets may lead to the same vector, and a small
  /// file would fill the memory with its copies.
  bool copying(std::size_t size) {
    copied_ += size;
    return copied_ <= 16 * bytes_.size() ||
           fail(ErrorCode::bad_model, "its names, shapes and scales, written out, take more than 16 times its " +
                                          std::to_string(bytes_.size()) + " bytes");
  }
  /// To be called before memory is taken for a constant that is written out. All of them together: at most 256 times the
  /// file, so that what a file claims to expand to cannot fill the memory.
  bool expanding(std::size_t size, const std::string& who) {
    const std::size_t limit = 256 * bytes_.size();
    if (size > limit - expanded_) {
      return fail(ErrorCode::bad_model, who + ": expands to " + std::to_string(size) + " bytes, " +
                                            std::to_string(expanded_) +
                                            " used before; the limit is 256 times the file, " + std::to_string(limit));
    }
    expanded_ += size;
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  std::string source_;
  Error error_;
  bool failed_ = false;
  std::size_t copied_ = 0, expanded_ = 0;
};

class TableList;

/// A table in the file. An absent one (by default) reads as all defaults.
class Table {
 public:
  Table() = default;
  /// The table that the 32-bit offset at `position` leads to; `position` must have been checked to hold one.
  Table(Reader& reader, std::size_t position, const char* name) : name_(name) {
    const std::size_t at = position + reader.at<flatbuffers::uoffset_t>(position);
    if (!reader.holds(at, sizeof(flatbuffers::soffset_t))) {
      reader.damaged(position, std::string(name) + ": a table expected, at byte " + std::to_string(at));
      return;
    }
    const std::int64_t vtable = static_cast<std::int64_t>(at) - reader.at<flatbuffers::soffset_t>(at);
    const auto v = static_cast<std::size_t>(vtable);
    if (vtable < 0 || !reader.holds(v, 4) || !reader.holds(v, reader.at<std::uint16_t>(v)) ||
        reader.at<std::uint16_t>(v) < 4 || reader.at<std::uint16_t>(v) % 2 != 0 ||
        !reader.holds(at, reader.at<std::uint16_t>(v + 2))) {
      reader.damaged(at,
                     std::string(name) + ": no table: its field list is said to be at byte " + std::to_string(vtable));
      return;
    }
    reader_ = &reader;
    at_ = at;
    vtable_ = v;
  }

  explicit operator bool() const { return reader_ != nullptr; }
  std::size_t position() const { return at_; }

  template <class T> T get(Scalar<T> f) const {
    const std::size_t at = find(f.id, f.name, sizeof(T));
    return at == 0 || reader_ == nullptr ? f.fallback : reader_->template at<T>(at);
  }
  template <class T> Values<T> get(Vector<T> f) const { return Values<T>(elements(f.id, f.name, sizeof(T))); }
  Table get(Child f) const {
    const std::size_t at = find(f.id, f.name, sizeof(flatbuffers::uoffset_t));
    return at == 0 || reader_ == nullptr ? Table() : Table(*reader_, at, f.name);
  }
  TableList get(Children f) const;
  /// Control characters and what is not UTF-8 read as '?': names go to terminals, logs and JSON.
  std::string get(Text f) const;

 private:
  // Where the field lies, or 0 when it is absent or damaged.
  std::size_t find(std::uint16_t id, const char* field, std::size_t size) const {
    const std::size_t entry = 4 + 2 * std::size_t{id};
    if (reader_ == nullptr || entry + 2 > reader_->at<std::uint16_t>(vtable_)) return 0;
    const std::size_t offset = reader_->at<std::uint16_t>(vtable_ + entry);
    if (offset == 0) return 0;
    const std::size_t table_size = reader_->at<std::uint16_t>(vtable_ + 2);
    if (offset >= 4 && offset + size <= table_size) return at_ + offset;
    reader_->damaged(vtable_ + entry, where(field) + ": " + std::to_string(size) + " bytes at " +
                                          std::to_string(offset) + " of a table of " + std::to_string(table_size));
    return 0;
  }
  std::span<const std::byte> elements(std::uint16_t id, const char* field, std::size_t size) const {
    const std::size_t at = find(id, field, sizeof(flatbuffers::uoffset_t));
    if (at == 0) return {};
    const std::size_t vector = at + reader_->at<flatbuffers::uoffset_t>(at);
    if (reader_->holds(vector, 4)) {
      const std::size_t count = reader_->at<flatbuffers::uoffset_t>(vector);
      const std::size_t rest = reader_->bytes().size() - vector - 4;
      if (count <= rest / size) return reader_->bytes().subspan(vector + 4, count * size);
      reader_->damaged(vector, where(field) + ": " + std::to_string(count) + " elements of " + std::to_string(size) +
                                   " bytes, with " + std::to_string(rest) + " bytes left in the file");
    } else {
      reader_->damaged(at, where(field) + ": said to be at byte " + std::to_string(vector));
    }
    return {};
  }
  std::string where(const char* field) const { return std::string(name_) + "." + field; }

  Reader* reader_ = nullptr;
  const char* name_ = "";
  std::size_t at_ = 0, vtable_ = 0;
};

/// The tables of a vector, each checked when it is asked for.
class TableList {
 public:
  TableList() = default;
  TableList(Reader* reader, std::span<const std::byte> offsets, const char* name)
      : reader_(reader), offsets_(offsets), name_(name) {}
  std::size_t size() const { return offsets_.size() / sizeof(flatbuffers::uoffset_t); }
  Table operator[](std::size_t i) const {
    const auto start = static_cast<std::size_t>(offsets_.data() - reader_->bytes().data());
    return Table(*reader_, start + i * sizeof(flatbuffers::uoffset_t), name_);
  }

 private:
  Reader* reader_ = nullptr;
  std::span<const std::byte> offsets_;
  const char* name_ = "";
};

inline TableList Table::get(Children f) const {
  return {reader_, elements(f.id, f.name, sizeof(flatbuffers::uoffset_t)), f.name};
}

inline std::string Table::get(Text f) const {
  const std::span<const std::byte> bytes = elements(f.id, f.name, 1);
  if (bytes.empty() || !reader_->copying(bytes.size())) return {};
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char lead = byte(i);
    const bool ascii = lead >= 0x20 && lead < 0x7f;
    const std::size_t length = ascii ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    bool good = length > 0;
    for (std::size_t k = 1; k < length; ++k) good = good && (byte(i + k) & 0xc0) == 0x80;
    // Overlong forms, surrogates, beyond U+10FFFF, and the control characters U+0080 to U+009F.
    const unsigned second = byte(i + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f) || (lead == 0xc2 && second < 0xa0)) {
      good = false;
    }
    if (!good) text[i] = '?';
    i += good ? length : 1;
  }
  return text;
}

}  // namespace hone::graph::tflite
