// The demo's page: one HTML file with the figures, a picture drawn in SVG, and the images inside as BMP.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "report.hpp"

namespace fashion {
namespace {

const char* const style = R"(<style>
:root{--ink:#1d2530;--soft:#66707c;--line:#d9dee4;--paper:#fff;--best:#0b6e6e;--base:#b0692a;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaef;--soft:#9aa5b1;--line:#39424d;--paper:#14181d;--best:#4cc3c0;--base:#e0a067;--bad:#ff8a80}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}p{margin:.4rem 0;color:var(--soft)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
tr.tier td{border-bottom:2px solid var(--line);font-weight:600;padding-top:1.1rem}
.bar{display:inline-block;height:.7rem;background:var(--best);vertical-align:middle;border-radius:2px}.baseline .bar{background:var(--base)}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .soft{fill:var(--soft)}
.images{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.4rem,1fr));gap:.9rem}
figure{margin:0;border:1px solid var(--line);border-radius:6px;padding:.5rem;break-inside:avoid}
figure img{width:100%;image-rendering:pixelated;border-radius:3px;display:block}
figcaption{font-size:.8rem;line-height:1.35;margin-top:.35rem}figcaption b{display:block}
.wrong{color:var(--bad)}figcaption span{display:flex;justify-content:space-between}figcaption i{font-style:normal;color:var(--soft)}
@media print{body{margin:0}figure{border-color:#ccc}}
</style>)";

std::string format(const char* pattern, auto... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string base64(const std::string& bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned triple = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      triple = triple << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (unsigned j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? digits[triple >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

/// A 28 x 28 picture as a BMP of 8-bit greys, bottom row first.
std::string bmp(const std::uint8_t* image) {
  std::string bytes = "BM";
  const auto number = [&bytes](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  };
  constexpr std::uint32_t header = 14 + 40 + 256 * 4;
  number(header + pixels, 4), number(0, 4), number(header, 4);
  number(40, 4), number(side, 4), number(side, 4), number(1, 2), number(8, 2);
  for (int i = 0; i < 6; ++i) number(0, 4);  // uncompressed; no resolution; all 256 colours
  for (std::uint32_t grey = 0; grey < 256; ++grey) number(grey * 0x010101, 4);
  for (std::size_t row = side; row-- > 0;) bytes.append(reinterpret_cast<const char*>(image) + row * side, side);
  return bytes;
}

std::string table(const std::vector<Outcome>& outcomes, double slowest) {
  std::string html =
      "<div class=wide><table><tr><th>network<th><th>bytes<th>accuracy<th>µs an image<th>speed<th>arena bytes<th></tr>";
  const Outcome* first = nullptr;
  for (const Outcome& o : outcomes) {
    if (first == nullptr || first->tier != o.tier) {
      first = &o;
      html += "<tr class=tier><td colspan=8>" + o.tier + "</tr>";
    }
    html += "<tr class=" + o.tier + "><td>" + o.name + "<td>" + o.what +
            format("<td>%ju<td>%.2f %%<td>%.1f<td>%.1f×<td>%zu", o.bytes, o.accuracy(), o.microseconds,
                   first->microseconds / o.microseconds, o.arena_bytes) +
            format("<td style=text-align:left><span class=bar style=width:%.1frem></span></tr>",
                   std::max(0.1, 6 * o.microseconds / slowest));
  }
  return html + "</table></div>";
}

/// Accuracy over time, a circle a network whose area is the size of its file.
std::string picture(const std::vector<Outcome>& outcomes) {
  double fastest = 1e30, slowest = 0, worst = 100, best = 0;
  std::uintmax_t largest = 1;
  for (const Outcome& o : outcomes) {
    fastest = std::min(fastest, o.microseconds), slowest = std::max(slowest, o.microseconds);
    worst = std::min(worst, o.accuracy()), best = std::max(best, o.accuracy());
    largest = std::max(largest, o.bytes);
  }
  const double low = std::log10(fastest) - 0.25, high = std::log10(slowest) + 0.25;
  const double bottom = std::floor(worst - 0.8), top = std::ceil(best + 0.5);
  const auto x = [&](double us) { return 60 + (std::log10(us) - low) / (high - low) * 800; };
  const auto y = [&](double accuracy) { return 360 - (accuracy - bottom) / (top - bottom) * 330; };
  std::string svg = "<svg viewBox='0 0 900 420' role=img aria-label='accuracy against time'>";
  for (double a = bottom; a <= top; a += 1) {
    svg += format(
        "<line x1=60 x2=860 y1=%.1f y2=%.1f stroke='var(--line)'/><text class=soft x=50 y=%.1f text-anchor=end>%.0f "
        "%%</text>",
        y(a), y(a), y(a) + 4, a);
  }
  for (int decade = -1; decade < 7; ++decade) {
    for (const int digit : {1, 2, 5}) {
      const double us = digit * std::pow(10, decade);
      if (std::log10(us) < low || std::log10(us) > high) continue;
      svg += format(
          "<text class=soft x=%.1f y=382 text-anchor=middle>%g µs</text><line x1=%.1f x2=%.1f y1=360 y2=365 "
          "stroke='var(--soft)'/>",
          x(us), us, x(us), x(us));
    }
  }
  svg +=
      "<text class=soft x=460 y=410 text-anchor=middle>time for one image (log scale); area: bytes of the file</text>";
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& o = outcomes[i];
    const double radius = std::max(4.0, 34 * std::sqrt(static_cast<double>(o.bytes) / static_cast<double>(largest)));
    const char* colour = o.tier == outcomes.front().tier ? "var(--best)" : "var(--base)";
    // The f32 student's circle holds the int8 one's: its name goes above, the other's below.
    const double text_y = y(o.accuracy()) + (i % 4 < 2 ? -radius - 7 : radius + 17);
    svg += format("<circle cx=%.1f cy=%.1f r=%.1f fill='%s' fill-opacity=.3 stroke='%s' stroke-width=1.5 />",
                  x(o.microseconds), y(o.accuracy()), radius, colour, colour);
    svg += format("<text x=%.1f y=%.1f text-anchor=middle>%s</text>", x(o.microseconds), text_y, o.name.c_str());
  }
  return svg + "</svg>";
}

std::string gallery(const std::vector<Outcome>& outcomes, const Images& images) {
  std::string html = "<div class=images>";
  for (std::size_t i = 0; i < std::min<std::size_t>(24, images.count()); ++i) {
    const std::size_t label = images.labels[i];
    html += "<figure><img alt='" + std::string(classes[label]) + "' src='data:image/bmp;base64," +
            base64(bmp(images.image(i))) + "'><figcaption><b>" + classes[label] + "</b>";
    for (const Outcome& o : outcomes) {
      if (o.tier != outcomes.front().tier) break;
      const std::size_t answer = o.predictions[i];
      html += std::string("<span") + (answer == label ? "" : " class=wrong") + "><i>" +
              o.name.substr(o.name.find('_') + 1) + "</i>" + classes[answer] + (answer == label ? "" : " ✗") +
              "</span>";
    }
    html += "</figcaption></figure>";
  }
  return html + "</div>";
}

}  // namespace

bool write_page(const std::filesystem::path& path, const std::vector<Outcome>& outcomes, const Images& images) {
  double slowest = 0;
  for (const Outcome& o : outcomes) slowest = std::max(slowest, o.microseconds);
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  std::ofstream file(path);
  file << "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
          "content='width=device-width,initial-scale=1'>"
       << "<title>Hone: four networks on " << outcomes.front().tier << "</title>" << style
       << "<h1>Four networks, one task</h1><p>" << images.count()
       << " test images of Fashion-MNIST, one at a time on one core: with the best instructions of this CPU ("
       << outcomes.front().tier
       << ") and with the compiler's baseline. Speed is against the teacher on the same tier.</p>"
       << table(outcomes, slowest) << "<h2>Accuracy against time</h2><p>Up and to the left is better. "
       << "<span style='color:var(--best)'>● " << outcomes.front().tier << "</span>"
       << (outcomes.back().tier == outcomes.front().tier ? ""
                                                         : " &nbsp;<span style='color:var(--base)'>● baseline</span>")
       << "</p>" << picture(outcomes) << "<h2>The first images, and what each network says</h2>"
       << gallery(outcomes, images) << "</html>\n";
  return file.flush().good();
}

}  // namespace fashion
