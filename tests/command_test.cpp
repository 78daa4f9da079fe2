// The command `hone` as its users see it: exit statuses, messages, JSON fields. Runs the program HONE_COMMAND names, else
// the one beside this test; where there is none, or this test runs under an emulator, there is nothing to test.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "support/tflite_builder.hpp"
#include "support/tflite_files.hpp"

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Result {
  int status;
  std::string out, error;
  std::string first_line() const { return error.substr(0, error.find('\n')); }
};

/// A folder that goes away with the object.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "hone_command_XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return (path / name).string();
  }
  std::string text(const std::string& name) const {
    std::ifstream in(path / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

std::string command() {
  if (const char* named = std::getenv("HONE_COMMAND")) return named;
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "hone";
  return !error && fs::exists(beside) ? beside.string() : "";
}

/// `arguments` as the shell reads them; `environment` such as "HONE_TIER=avx2".
Result run(const std::string& arguments, const std::string& environment = "") {
  const Folder folder;
  const std::string line = "env -u HONE_TIER " + environment + " '" + command() + "' " + arguments + " >'" +
                           (folder.path / "out").string() + "' 2>'" + (folder.path / "error").string() + "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.text("out"), folder.text("error")};
}

void need_command() {
  if (std::getenv("HONE_EMULATED") != nullptr) SKIP("an emulated program can not start the command");
  if (command().empty()) SKIP("no command to test");
}

void check_error(const Result& r, int status, const std::string& says) {
  CAPTURE(r.error, r.out);
  CHECK(r.status == status);
  CHECK(r.first_line().starts_with("hone: "));
  CHECK(r.error.find(says) != std::string::npos);
  CHECK(r.out.empty());
}

std::set<std::string> keys(const Json& j) {
  std::set<std::string> found;
  for (const auto& [key, ignored] : j.items()) found.insert(key);
  return found;
}

using Names = std::set<std::string>;
const std::string model = HONE_SOURCE_DIR "/examples/fashion/student_int8.tflite";
}  // namespace

TEST_CASE("command: help and bad usage") {
  need_command();
  for (const char* arguments : {"--help", "run --help", "bench --help", "info --help", "inspect --help", "--version"}) {
    CAPTURE(arguments);
    const Result r = run(arguments);
    CHECK(r.status == 0);
    CHECK_FALSE(r.out.empty());
  }
  check_error(run(""), 2, "subcommand");
  check_error(run("frobnicate"), 2, "unknown command 'frobnicate'");
  check_error(run("info --frobnicate"), 2, "--frobnicate");
  check_error(run("run"), 2, "MODEL");
  check_error(run("inspect"), 2, "MODEL");
  check_error(run("run " + model + " --threads 0"), 2, "--threads");
  check_error(run("run " + model + " --threads two"), 2, "--threads");
  check_error(run("run " + model + " --repeat -1"), 2, "--repeat");
  check_error(run("run " + model + " --rounding up"), 2, "--rounding");
  check_error(run("run " + model + " --sparse perhaps"), 2, "--sparse");
  check_error(run("run " + model + " --backend tpu"), 2, "--backend");
  check_error(run("bench frobnicate"), 2, "unknown group 'frobnicate'; the groups are gemm, ");
  check_error(run("bench --compare /nowhere.json gemm"), 2, "/nowhere.json");
  check_error(run("bench --compare " + model + " gemm"), 2, "is not what");
}

TEST_CASE("command: tiers and devices that are not there") {
  need_command();
  check_error(run("info", "HONE_TIER=mmx"), 2, "unknown tier 'mmx'");
  check_error(run("run " + model, "HONE_TIER=mmx"), 2, "unknown tier 'mmx'");
  check_error(run("bench --tier mmx gemm"), 2, "unknown tier 'mmx'");
  for (const char* backend : {"opencl", "vulkan"})
    check_error(run("run " + model + " --backend " + backend), 4, backend);
  const Json info = Json::parse(run("info --json").out);
  for (const Json& tier : info["tiers"]) {
    if (tier["supported"] && tier["compiled"]) continue;
    check_error(run("info", "HONE_TIER=" + tier["name"].get<std::string>()), 4, tier["name"]);
  }
}

TEST_CASE("command: models that are not models") {
  need_command();
  const Folder folder;
  check_error(run("run /nowhere.tflite"), 2, "/nowhere.tflite");
  check_error(run("inspect /nowhere.tflite"), 2, "/nowhere.tflite");
  check_error(run("run " + folder.path.string()), 2, "directory");
  check_error(run("run " + folder.file("empty.tflite", "")), 3, "empty");
  check_error(run("run " + folder.file("text.tflite", std::string(100, 'x'))), 3, "text.tflite");
  check_error(run("run " + folder.file("model.onnx", "x")), 3, "not an ONNX model");
  const auto bytes = hone::test::contents(model);
  const std::string whole(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const std::size_t size : {std::size_t{4}, std::size_t{1000}, whole.size() / 2, whole.size() - 64}) {
    CAPTURE(size);
    check_error(run("inspect " + folder.file("cut.tflite", whole.substr(0, size))), 3, "cut.tflite");
  }
}

TEST_CASE("command: info --json") {
  need_command();
  const Result r = run("info --json", "HONE_TIER=baseline");
  REQUIRE(r.status == 0);
  const Json j = Json::parse(r.out);
  CHECK(keys(j) ==
        Names{"version", "cpu", "arch", "compiler", "tiers", "chosen", "why", "caches", "gpus", "libraries"});
  CHECK(j["chosen"] == "baseline");
  CHECK(j["why"] == "HONE_TIER=baseline");
  CHECK(Json::parse(run("info --json").out)["why"] == "best supported");
  int chosen = 0;
  for (const Json& tier : j["tiers"]) {
    CHECK(keys(tier) == Names{"name", "compiled", "supported", "chosen"});
    chosen += tier["chosen"].get<bool>();
  }
  CHECK(chosen == 1);
  CHECK(run("info").out.find("HONE_TIER") == std::string::npos);
}

TEST_CASE("command: run") {
  need_command();
  const Folder folder;
  const std::string images = HONE_SOURCE_DIR "/examples/fashion/t10k-1000-images-idx3-ubyte";
  const Json inspected = Json::parse(run("inspect --json " + model).out);
  const Json& input = inspected["inputs"][0];
  const auto sample = input["bytes"].get<std::size_t>();
  const auto out_bytes = inspected["outputs"][0]["bytes"].get<std::size_t>();
  const std::string name = input["name"];

  SECTION("JSON has the fields the documentation lists") {
    const Result r = run("run --json --profile --repeat 3 " + model);
    REQUIRE(r.status == 0);
    const Json j = Json::parse(r.out);
    CHECK(keys(j) == Names{"load_ms", "first_ms", "median_ms", "min_ms", "p95_ms", "runs", "threads", "tier", "backend",
                           "arena_bytes", "weights_bytes", "peak_rss_bytes", "profile"});
    CHECK(j["runs"] == 4);
    CHECK(j["backend"] == "cpu");
    CHECK(j["min_ms"] <= j["median_ms"]);
    CHECK(j["median_ms"] <= j["p95_ms"]);
    REQUIRE_FALSE(j["profile"].empty());
    for (const Json& row : j["profile"]) {
      CHECK(keys(row) == Names{"index", "name", "op", "kernel", "tier", "ms", "gops", "gbps", "fraction"});
    }
    CHECK_FALSE(Json::parse(run("run --backend auto --json " + model).out).contains("profile"));
  }
  SECTION("several samples in a file, by order and by name, with any threads") {
    std::string samples;
    for (std::size_t i = 0; i < 3 * sample; ++i) samples += static_cast<char>(i * 31 % 251);
    const std::string file = folder.file("in.bin", samples);
    const std::string in_order = (folder.path / "a").string(), by_name = (folder.path / "deep" / "b").string();
    REQUIRE(run("run " + model + " --input " + file + " --output " + in_order).status == 0);
    REQUIRE(run("run --threads 2 --input '" + name + "=" + file + "' --output " + by_name + " " + model).status == 0);
    CHECK(folder.text("a/out0.bin").size() == 3 * out_bytes);
    CHECK(folder.text("a/out0.bin") == folder.text("deep/b/out0.bin"));
    const std::string one = folder.file("one.bin", samples.substr(sample, sample));
    REQUIRE(run("run " + model + " --input " + one + " --output " + in_order).status == 0);
    CHECK(folder.text("a/out0.bin") == folder.text("deep/b/out0.bin").substr(out_bytes, out_bytes));
  }
  SECTION("wrong inputs") {
    const std::string wrong = folder.file("wrong.bin", std::string(sample + 1, 'x'));
    const std::string given = std::to_string(sample + 1) + " bytes given, " + std::to_string(sample) + " a sample; ";
    check_error(run("run " + model + " --input " + wrong), 2, "input 0 '" + name + "': " + given);
    check_error(run("run " + model + " --input " + folder.file("none.bin", "")), 2, ": 0 bytes given");
    check_error(run("run " + model + " --input /nowhere.bin"), 2, "/nowhere.bin");
    check_error(run("run " + model + " --input " + folder.path.string()), 2, "directory");
    check_error(run("run " + model + " --input nobody=" + wrong), 2, "no input 'nobody'");
    check_error(run("run " + model + " --output /proc/nowhere"), 2, "--output");
  }
  SECTION("--shape must be the model's own") {
    std::string shape;
    for (const Json& size : input["shape"]) shape += (shape.empty() ? "" : "x") + std::to_string(size.get<int>());
    CHECK(run("run " + model + " --shape '" + name + "=" + shape + "'").status == 0);
    check_error(run("run " + model + " --shape '" + name + "=7x" + shape + "'"), 2, shape);
    check_error(run("run " + model + " --shape nobody=1x1"), 2, "no input 'nobody'");
    check_error(run("run " + model + " --shape '" + name + "=1x-3'"), 2, "expected sizes");
  }
}

TEST_CASE("command: an output fed back to an input") {
  need_command();
  const Folder folder;
  hone::test::FileSpec spec;  // y = x + step
  spec.tensors = {{.name = "x", .shape = {1}}, {.name = "step", .shape = {1}}, {.name = "y", .shape = {1}}};
  spec.nodes = {{.op = 0, .inputs = {0, 1}, .outputs = {2}}};
  spec.inputs = {0, 1};
  spec.outputs = {2};
  const hone::test::Bytes bytes = hone::test::build(spec);
  const std::string sum = folder.file("sum.tflite", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const float steps[] = {1, 2, 3, 4};
  const std::string file = folder.file("steps.bin", {reinterpret_cast<const char*>(steps), sizeof steps});
  const auto sums = [&](const std::string& more) {
    const Result r = run("run " + sum + " --input step=" + file + " --output " + folder.path.string() + " " + more);
    CAPTURE(r.error);
    REQUIRE(r.status == 0);
    const std::string text = folder.text("out0.bin");
    std::vector<float> values(text.size() / sizeof(float));
    std::memcpy(values.data(), text.data(), text.size());
    return values;
  };
  CHECK(sums("") == std::vector<float>{1, 2, 3, 4});
  CHECK(sums("--feed y=x") == std::vector<float>{1, 3, 6, 10});
  CHECK(sums("--feed 0=0 --repeat 2") == std::vector<float>{1, 3, 6, 10});
  CHECK(sums("--feed y=x --reset-state") == std::vector<float>{1, 2, 3, 4});
  const float ten = 10;
  const std::string start = folder.file("start.bin", {reinterpret_cast<const char*>(&ten), sizeof ten});
  CHECK(sums("--feed y=x --input x=" + start) == std::vector<float>{11, 13, 16, 20});
  check_error(run("run " + sum + " --feed y=nobody"), 2, "no input 'nobody'");
  check_error(run("run " + sum + " --feed nobody=x"), 2, "no output 'nobody'");
  check_error(run("run " + sum + " --feed y"), 2, "OUTPUT=INPUT");
  check_error(run("run " + sum + " --feed y=step --input step=" + file), 2, "4 samples");
}

TEST_CASE("command: bench --json") {
  need_command();
  const Folder folder;
  const std::string file = (folder.path / "board.json").string(), page = (folder.path / "board.html").string();
  const Result r = run("bench softmax --quick --json " + file + " --html " + page);
  if (r.status == 4) SKIP("a build without Google Benchmark");
  CAPTURE(r.error);
  REQUIRE(r.status == 0);
  const Json j = Json::parse(folder.text("board.json"));
  CHECK(keys(j) == Names{"machine", "rows"});
  CHECK(keys(j["machine"]) == Names{"cpu", "tiers", "chosen", "peaks"});
  for (const Json& peaks : j["machine"]["peaks"]) {
    CHECK(keys(peaks) == Names{"f32_gflops", "i8_gops", "bf16_gflops", "l1_gbps", "l2_gbps", "dram_gbps"});
    CHECK(peaks["f32_gflops"] > 0);
  }
  REQUIRE_FALSE(j["rows"].empty());
  for (const Json& row : j["rows"]) {
    CHECK(keys(row) == Names{"group", "op", "dtype", "shape", "tier", "threads", "backend", "library", "median_ns",
                             "min_ns", "gops", "gbps", "peak", "fraction", "cpu_over_wall"});
    CHECK(row["group"] == "softmax");
    CHECK(row["min_ns"] <= row["median_ns"]);
  }
  const std::string html = folder.text("board.html");
  CHECK(html.find("<svg") != std::string::npos);
  CHECK(html.find("http") == std::string::npos);  // nothing from elsewhere
  CHECK(html.find("<script") == std::string::npos);
  CHECK(run("bench softmax --quick --compare " + file).status == 0);
}

TEST_CASE("command: prune writes zeros in place, by pattern") {
  need_command();
  const Folder folder;
  const std::string pruned = (folder.path / "pruned.tflite").string();
  for (const char* source : {"student_int8", "student"}) {
    const std::string before = HONE_SOURCE_DIR "/examples/fashion/" + std::string(source) + ".tflite";
    for (const char* how : {"unstructured --sparsity 0.9", "2x1 --sparsity 0.5", "4x1 --sparsity 0.8 --global",
                            "16x4 --sparsity 0.7", "8x4 --sparsity 1", "4x4 --sparsity 0", "2:4"}) {
      CAPTURE(source, how);
      const Result r = run("prune " + before + " -o " + pruned + " --pattern " + how);
      CAPTURE(r.error);
      REQUIRE(r.status == 0);
      const std::string old_bytes = folder.text(before), bytes = folder.text("pruned.tflite");
      REQUIRE(bytes.size() == old_bytes.size());
      std::size_t changed = 0;  // and always to zero: both files' weights are symmetric
      bool zeros = true;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == old_bytes[i]) continue;
        ++changed;
        zeros &= bytes[i] == 0;
      }
      CHECK(zeros);
      CHECK((changed == 0) == (std::string(how) == "4x4 --sparsity 0"));
      // Every layer that multiplies has its share, up to a block.
      const Json model_before = Json::parse(run("inspect --json " + before).out);
      const Json inspected = Json::parse(run("inspect --json " + pruned).out);
      CHECK(inspected["operators"].size() == model_before["operators"].size());
      // Dense and sparse kernels give one answer.
      for (const char* sparse : {"off", "force"}) {
        CHECK(run("run " + pruned + " --sparse " + sparse + " --output " + (folder.path / sparse).string()).status ==
              0);
      }
      if (std::string(source) == "student_int8") CHECK(folder.text("off/out0.bin") == folder.text("force/out0.bin"));
    }
  }
  const std::string verified =
      run("prune " + model + " --sparsity 0 -o " + pruned + " --verify " + HONE_SOURCE_DIR + "/CMakePresets.json")
          .error;
  CHECK(verified.find("bytes given") != std::string::npos);
}

TEST_CASE("command: prune refuses what it can not do") {
  need_command();
  const Folder folder;
  const std::string to = " -o " + (folder.path / "x.tflite").string();
  check_error(run("prune " + model + to), 2, "--sparsity is required");
  check_error(run("prune " + model + to + " --sparsity 1.5"), 2, "--sparsity");
  check_error(run("prune " + model + to + " --sparsity 0.3 --pattern 2:4"), 2, "2:4 is 0.5");
  check_error(run("prune " + model + to + " --sparsity 0.5 --pattern 3x1"), 2, "--pattern");
  check_error(run("prune " + model + " --sparsity 0.5"), 2, "--output");
  check_error(run("prune /nowhere.tflite --sparsity 0.5" + to), 2, "/nowhere.tflite");
  check_error(run("prune " + folder.file("text.tflite", std::string(100, 'x')) + " --sparsity 0.5" + to), 3,
              "text.tflite");
  check_error(run("prune " + model + " --sparsity 0.5 -o /nowhere/x.tflite"), 2, "/nowhere/x.tflite");
  CHECK_FALSE(std::filesystem::exists(folder.path / "x.tflite"));
}
