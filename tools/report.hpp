// The board's figures as a page, and those of another board beside them.
#pragma once
#include <string>

#include "command.hpp"

namespace hone::tools {

/// The figures that `hone bench --json` wrote. Ends the command when the file is not one of those.
Json read_board(const std::string& path);
/// The row of `board` for the same work as `row`, or null.
const Json* find_row(const Json& board, const Json& row);
/// One self-contained page: roofline, bars per tier and type, dense against sparse. `before`: another board, or null.
/// `note`: how the samples were taken.
std::string html_report(const Json& board, const Json& before, const std::string& note);

}  // namespace hone::tools
