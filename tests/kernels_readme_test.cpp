// kernels/README.md has a table of operators, types and tiers: it says what the code says. HONE_WRITE_README=1 in the environment
// writes the columns of this machine's architecture anew.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <hone/cpu.hpp>

using namespace hone;

namespace {

/// A kernel of some family, found in a tier's table: its address, or null where the tier has none.
struct Entry {
  std::string op, type;
  const void* (*find)(const void* table, int index);
  const void* (*table)(Tier tier);
  int index = 0;
};

template <class Kernels> const void* table_of(Tier tier) { return cpu::kernels<Kernels>(tier); }
template <class Function> const void* address(Function* f) { return reinterpret_cast<const void*>(f); }

#define HONE_ENTRY(op, type, Kernels, expression)                          \
  Entry {                                                                  \
    op, type,                                                              \
        [](const void* table, [[maybe_unused]] int index) -> const void* { \
          const auto& t = *static_cast<const kernels::Kernels*>(table);    \
          return expression;                                               \
        },                                                                 \
        &table_of<kernels::Kernels>                                        \
  }

std::vector<Entry> entries() {
  std::vector<Entry> all = {
      HONE_ENTRY("gemm, conv2d", "f32", GemmF32Kernels, address(t.run)),
      HONE_ENTRY("gemm, weights of", "f16", GemmF16Kernels, address(t.run)),
      HONE_ENTRY("gemm, weights of", "bf16", GemmBF16Kernels, address(t.run)),
      HONE_ENTRY("gemm, pairs of", "bf16", GemmBF16Kernels, t.dot_pairs ? address(t.run) : nullptr),
      HONE_ENTRY("gemm, conv2d to s8, u8, s32, f32", "s8, u8", GemmI8Kernels, address(t.run)),
      HONE_ENTRY("sparse gemm", "f32", SparseF32Kernels, address(t.run)),
      HONE_ENTRY("depthwise_conv2d", "f32", DepthwiseF32Kernels, address(t.run)),
      HONE_ENTRY("depthwise_conv2d", "s8, u8", DepthwiseI8Kernels, address(t.run)),
      HONE_ENTRY("average_pool2d", "f32", PoolKernels, address(t.average_f32)),
      HONE_ENTRY("average_pool2d", "s8, u8", PoolKernels, address(t.average_i8)),
      HONE_ENTRY("max_pool2d", "f32", PoolKernels, address(t.max_f32)),
      HONE_ENTRY("max_pool2d", "s8, u8", PoolKernels, address(t.max_i8)),
      HONE_ENTRY("softmax", "f32", SoftmaxKernels, address(t.f32)),
      HONE_ENTRY("softmax", "s8, u8", SoftmaxKernels, address(t.i8)),
      HONE_ENTRY("add", "s8, u8", AddKernels, address(t.i8)),
      HONE_ENTRY("quantize", "f32 to s8, u8", QuantizeKernels, address(t.quantize)),
      HONE_ENTRY("quantize rows", "f32 to s8", QuantizeKernels, address(t.rows)),
      HONE_ENTRY("dequantize", "s8, u8 to f32", QuantizeKernels, address(t.dequantize)),
      HONE_ENTRY("rescale", "s8, u8", QuantizeKernels, address(t.rescale)),
      HONE_ENTRY("convert", "f16 to f32", HalfKernels, address(t.from_f16)),
      HONE_ENTRY("convert", "f32 to f16", HalfKernels, address(t.to_f16)),
      HONE_ENTRY("convert", "bf16 to f32", HalfKernels, address(t.from_bf16)),
      HONE_ENTRY("convert", "f32 to bf16", HalfKernels, address(t.to_bf16)),
      HONE_ENTRY("lookup", "8 bits", LookupKernels, address(t.run)),
      HONE_ENTRY("transpose, permute", "8 bits", TransposeKernels, address(t.bytes1)),
      HONE_ENTRY("transpose, permute", "16 bits", TransposeKernels, address(t.bytes2)),
      HONE_ENTRY("transpose, permute", "32 bits", TransposeKernels, address(t.bytes4)),
  };
  const auto add_each = [&](const char* what, const std::vector<const char*>& names, const Entry& entry) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      all.push_back(entry);
      all.back().op = what + std::string(names[i]);
      all.back().index = static_cast<int>(i);
    }
  };
  add_each("reduce ", {"sum", "mean", "max", "min", "sum_of_squares"},
           HONE_ENTRY("", "f32", ReduceKernels, address(t.f32[index])));
  add_each("normalize ", {"layer", "rms", "l2"}, HONE_ENTRY("", "f32", NormalizeKernels, address(t.f32[index])));
#define HONE_NAME(name) #name,
  add_each("binary ", {HONE_BINARY_FUNCTIONS(HONE_NAME)}, HONE_ENTRY("", "f32", BinaryKernels, address(t.f32[index])));
#undef HONE_NAME
#define HONE_NAME(name, ulp) #name,
  add_each("unary ", {HONE_UNARY_FUNCTIONS(HONE_NAME)}, HONE_ENTRY("", "f32", UnaryKernels, address(t.f32[index])));
#undef HONE_NAME
  return all;
}

/// fast: written over the vocabulary, compiled for the tier; generic: plain code that tiers share; none.
const char* cell(const Entry& entry, Tier tier) {
  const void* kernel = entry.find(entry.table(tier), entry.index);
  if (kernel == nullptr) return "none";
  const bool plain = kernel == address(&kernels::lookup_plain) || kernel == address(&kernels::softmax_i8);
  return plain ? "generic" : "fast";
}

#if defined(__aarch64__)
constexpr std::size_t first_column = 4;  // of the cells, after those of x86
#else
constexpr std::size_t first_column = 0;
#endif
constexpr std::size_t columns = 8;

}  // namespace

TEST_CASE("kernels/README.md: the table of operators, types and tiers is the code's") {
#if !defined(__x86_64__) && !defined(__aarch64__)
  SKIP("the table has columns for x86-64 and 64-bit Arm");
#endif
  const std::string path = HONE_SOURCE_DIR "/kernels/README.md", start = "| operator | type |";
  std::string before, line, after;
  std::vector<std::vector<std::string>> rows;
  bool in_table = false, done = false;
  for (std::ifstream file(path); std::getline(file, line);) {
    if (line.rfind(start, 0) == 0) in_table = true;
    if (in_table && line.empty()) done = true, in_table = false;
    if (!in_table || line.rfind("| operator", 0) == 0 || line.rfind("|---", 0) == 0) {
      (done ? after : before) += line + "\n";
      continue;
    }
    rows.emplace_back();
    std::istringstream cells(line.substr(2));
    for (std::string text; std::getline(cells, text, '|');) {
      if (text.size() > 1) rows.back().push_back(text.substr(text[0] == ' ', text.rfind(' ') - (text[0] == ' ')));
    }
  }
  REQUIRE(!before.empty());

  std::vector<std::vector<std::string>> expected;
  for (const Entry& entry : entries()) {
    std::vector<std::string> row = {entry.op, entry.type};
    row.resize(2 + columns);
    if (expected.size() < rows.size() && rows[expected.size()].size() == row.size()) {
      row = rows[expected.size()];  // the other architecture's cells are its own tests' business
      row[0] = entry.op, row[1] = entry.type;
    }
    std::size_t column = 2 + first_column;
    for (const cpu::TierInfo& tier : cpu::tiers()) row[column++] = cell(entry, tier.tier);
    expected.push_back(row);
  }
  if (std::getenv("HONE_WRITE_README") != nullptr) {
    std::ofstream file(path);
    file << before;
    for (const auto& row : expected) {
      for (const std::string& text : row) file << "| " << text << " ";
      file << "|\n";
    }
    file << after;
    return;
  }
  INFO("HONE_WRITE_README=1 makes this test write the table");
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i << ": " << expected[i][0] << ", " << expected[i][1]);
    CHECK(rows[i] == expected[i]);
  }
}
