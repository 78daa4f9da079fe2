// The wire format of protocol buffers: fields of a message, one after the other, each checked before it is handed out.
//
// Not protozero: it reports damage by exceptions, so its headers do not compile under -fno-exceptions, and its
// accessors assert where a hostile file chooses the wire type. What is left of it without those is the loop below.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace hone::graph::onnx {

/// Walks the fields of one message:  for (Fields f(bytes); f.next();) switch (f.number()) ...
/// Damage (a length beyond the end, a varint of more than ten bytes, an unknown wire type) ends the walk: ok() is false.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> message) : at_(message.data()), end_(at_ + message.size()) {}

  /// The next field, if there is one.
  bool next() {
    if (at_ == end_ || !ok_) return false;
    const std::uint64_t key = varint();
    number_ = static_cast<std::uint32_t>(key >> 3);
    wire_ = static_cast<Wire>(key & 7);
    value_ = 0;
    bytes_ = {};
    if (!ok_ || key >> 32 != 0 || number_ == 0) return ok_ = false;
    switch (wire_) {
      case Wire::varint: value_ = varint(); break;
      case Wire::fixed64: take(8); break;
      case Wire::fixed32: take(4); break;
      case Wire::length: take(varint()); break;
      default: ok_ = false;
    }
    return ok_;
  }
  bool ok() const { return ok_; }
  std::uint32_t number() const { return number_; }

  /// An integer field; 0 where the file has another wire type there.
  std::int64_t integer() const { return static_cast<std::int64_t>(value_); }
  float f32() const { return wire_ == Wire::fixed32 ? read<float>(bytes_) : 0; }
  /// A string, an embedded message or packed values; empty where the file has another wire type there.
  std::span<const std::byte> bytes() const { return wire_ == Wire::length ? bytes_ : std::span<const std::byte>{}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes().data()), bytes().size()}; }

  /// Appends a repeated integer field, packed or not. False where it is damaged.
  template <class Vector> bool append_integers(Vector& to) {
    if (wire_ == Wire::varint) {
      to.push_back(static_cast<typename Vector::value_type>(value_));
      return true;
    }
    Fields packed(bytes());
    while (packed.ok_ && packed.at_ != packed.end_) {
      to.push_back(static_cast<typename Vector::value_type>(packed.varint()));
    }
    return ok_ = packed.ok_ && wire_ == Wire::length;
  }
  /// Appends a repeated float or double field, packed or not. False where it is damaged.
  template <class T, class Vector> bool append_fixed(Vector& to) {
    if (wire_ == Wire::varint || bytes_.size() % sizeof(T) != 0) return ok_ = false;
    for (std::size_t i = 0; i < bytes_.size(); i += sizeof(T)) to.push_back(read<T>(bytes_.subspan(i)));
    return true;
  }

 private:
  enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

  template <class T> static T read(std::span<const std::byte> from) {
    T value;
    std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 70; shift += 7) {
      const auto byte = static_cast<std::uint64_t>(*at_++);
      value |= (byte & 127) << (shift < 64 ? shift : 0);
      if (byte < 128) return value;
    }
    ok_ = false;
    return 0;
  }
  void take(std::uint64_t size) {
    if (!ok_ || size > static_cast<std::uint64_t>(end_ - at_)) {
      ok_ = false;
      return;
    }
    bytes_ = {at_, static_cast<std::size_t>(size)};
    at_ += size;
  }

  const std::byte *at_, *end_;
  bool ok_ = true;
  std::uint32_t number_ = 0;
  Wire wire_ = Wire::varint;
  std::uint64_t value_ = 0;
  std::span<const std::byte> bytes_;
};

}  // namespace hone::graph::onnx
