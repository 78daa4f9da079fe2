// What the demo shows: a table in the terminal, and a page of one file.
#pragma once
#include <filesystem>
#include <vector>

#include "network.hpp"

namespace fashion {

/// One line a network and tier. The first network of a tier is what the others are compared with.
void print_table(const std::vector<Outcome>& outcomes);

/// A self-contained page: the table, accuracy against time, the first 24 images with every network's answer.
/// False when the file cannot be written.
bool write_page(const std::filesystem::path& path, const std::vector<Outcome>& outcomes, const Images& images);

}  // namespace fashion
