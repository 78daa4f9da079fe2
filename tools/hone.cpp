// The command `hone`: what this machine can do, and models run on it. Exit status: 0; 2 for bad usage; 3 for a bad or
// unsupported model; 4 for a device that is not there. Errors go to stderr, the first line says what and where.
#include <cstdio>
#include <new>

#include <CLI/CLI.hpp>

#include "command.hpp"

int main(int argc, char** argv) {
  using namespace hone::tools;
  try {
    CLI::App app("Hone: compute kernels and thin graph executors for AI on edge devices", "hone");
    app.set_version_flag("--version", HONE_VERSION);
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& error) { return std::string(error.what()); });
    add_info(app);
    add_bench(app);
    add_run(app);
    add_inspect(app);
    add_prune(app);
    const auto commands = app.get_subcommands([&](CLI::App* sub) { return argc > 1 && sub->check_name(argv[1]); });
    if (argc > 1 && argv[1][0] != '-' && commands.empty()) {
      throw Stop(bad_usage, "unknown command '" + std::string(argv[1]) + "'; expected info, bench, run, inspect or prune");
    }
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
      const auto chosen = app.get_subcommands();
      const std::string name = chosen.empty() ? "hone" : "hone " + chosen.front()->get_name();
      throw Stop(bad_usage, std::string(error.what()) + "\nTry '" + name + " --help'.");
    }
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Stop(bad_usage, "cannot write to stdout");
    return ok;
  } catch (const Stop& stop) {
    std::fflush(stdout);
    std::fprintf(stderr, "hone: %s\n", stop.message.c_str());
    return stop.status;
  } catch (const std::bad_alloc&) {
    std::fputs("hone: out of memory\n", stderr);
    return bad_model;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hone: %s\n", error.what());
    return bad_usage;
  }
}
