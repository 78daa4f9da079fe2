// Einsum: sums of products over named indices; and determinants.
#pragma once
#include <map>

#include "../map.hpp"

namespace hone::graph::onnx::ops {

/// Names of the dimensions of one operand; those of an ellipsis are the digits '0', '1', ... counted from the last.
inline Expected<std::string> operand_names(const Call& call, std::string_view term, std::size_t rank) {
  std::string names;
  const std::size_t dots = term.find("...");
  const std::size_t letters = term.size() - (dots == std::string_view::npos ? 0 : 3);
  if (letters > rank || (dots == std::string_view::npos && letters != rank) || rank - letters > 10) {
    return call.fail("'" + std::string(term) + "' for " + std::to_string(rank) + " dimensions");
  }
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (i == dots) {
      for (std::size_t d = rank - letters; d-- > 0;) names += static_cast<char>('0' + d);
      i += 2;
    } else {
      names += term[i];
    }
  }
  return names;
}

inline Results einsum(Call& call) {
  std::string equation = call.text("equation", "");
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  std::vector<std::string> terms;
  std::map<char, Index> sizes;
  std::string_view left = std::string_view(equation).substr(0, arrow);
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    if (!call.has(i)) return call.fail("input " + std::to_string(i) + " is absent");
    HONE_CHECK(call.same_types(0, i));
    const std::size_t comma = left.find(',');
    HONE_TRY(names, operand_names(call, left.substr(0, comma), call.in(i).shape.size()));
    for (std::size_t d = 0; d < names.size(); ++d) {
      const Index extent = call.in(i).shape[d];
      const auto known = sizes.emplace(names[d], extent).first;
      if (known->second == 1) known->second = extent;
      if (extent != known->second && extent != 1) return call.fail("index '" + names.substr(d, 1) + "' has two sizes");
    }
    terms.push_back(std::move(names));
    if ((comma == std::string_view::npos) != (i + 1 == call.inputs.size())) {
      return call.fail("'" + equation + "' for " + std::to_string(call.inputs.size()) + " inputs");
    }
    left.remove_prefix(comma == std::string_view::npos ? left.size() : comma + 1);
  }
  std::string result;
  if (arrow != std::string::npos) {
    const std::string_view right = std::string_view(equation).substr(arrow + 2);
    std::size_t hidden = 0;
    for (const auto& [name, extent] : sizes) hidden += name >= '0' && name <= '9' ? 1 : 0;
    const bool dots = right.find("...") != std::string_view::npos;
    HONE_TRY(names, operand_names(call, right, right.size() - (dots ? 3 - hidden : 0)));
    result = std::move(names);
  } else {  // what occurs once, in the alphabet's order
    for (const auto& [name, extent] : sizes) {
      std::size_t times = 0;
      for (const std::string& term : terms)
        times += static_cast<std::size_t>(std::count(term.begin(), term.end(), name));
      if (times == 1 || (name >= '0' && name <= '9')) result += name;
    }
  }
  std::string summed;
  for (const auto& [name, extent] : sizes) {
    if (result.find(name) == std::string::npos) summed += name;
  }
  const auto shape_of = [&](const std::string& names) {
    Shape shape;
    for (const char name : names) shape.push_back(sizes[name]);
    return shape;
  };
  for (const char name : result) {
    if (sizes.count(name) == 0) return call.fail("'" + equation + "': an index of the result alone");
  }
  const Shape outer = shape_of(result), inner = shape_of(summed);
  // How far each operand moves when an index does: the sum over the dimensions it names.
  const auto strides_for = [&](std::size_t operand, const std::string& names) {
    const Shape& shape = call.in(operand).shape;
    const Shape own = strides_of(shape);
    Shape strides;
    for (const char name : names) {
      Index stride = 0;
      for (std::size_t d = 0; d < own.size(); ++d) stride += terms[operand][d] == name && shape[d] != 1 ? own[d] : 0;
      strides.push_back(stride);
    }
    return strides;
  };
  HONE_TRY(y, call.make(call.in(0).type, outer));
  double work = static_cast<double>(terms.size());
  for (const auto& [name, extent] : sizes) work *= static_cast<double>(extent);
  HONE_CHECK(call.check_work(work));
  visit_computed(y.type, [&]<class W>(W) {
    std::vector<std::vector<W>> operands;
    std::vector<Shape> outer_strides, inner_strides;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      operands.push_back(elements_as<W>(call.in(i)));
      outer_strides.push_back(strides_for(i, result));
      inner_strides.push_back(strides_for(i, summed));
    }
    const auto offset = [](const Shape& shape, const Shape& strides, Index at) {
      Index sum = 0;
      for (std::size_t d = shape.size(); d-- > 0; at /= shape[d]) sum += at % shape[d] * strides[d];
      return sum;
    };
    const Index count = y.count(), terms_each = element_count(inner);
    for (Index o = 0; o < count; ++o) {
      W sum{};
      for (Index s = 0; s < terms_each; ++s) {
        W factor = 1;
        for (std::size_t i = 0; i < operands.size(); ++i) {
          const Index at = offset(outer, outer_strides[i], o) + offset(inner, inner_strides[i], s);
          factor = multiply_numbers(factor, operands[i][static_cast<std::size_t>(at)]);
        }
        sum = add_numbers(sum, factor);
      }
      store(&sum, 1, y.type, y.own + o * static_cast<Index>(size_of(y.type)));
    }
  });
  return one(std::move(y));
}

/// Of each square matrix, by elimination with the largest pivot.
inline Results determinant(Call& call) {
  HONE_CHECK(call.float_input(0));
  HONE_CHECK(call.rank_input(0, 2, 65));
  const Value& x = call.in(0);
  const Index n = x.shape.back();
  if (x.shape[x.shape.size() - 2] != n) return call.fail(call.input_name(0) + ", expected square matrices");
  HONE_TRY(y, call.make(x.type, Shape(x.shape.begin(), x.shape.end() - 2)));
  auto all = elements_as<double>(x);
  for (Index i = 0; i < y.count(); ++i) {
    double* const a = all.data() + i * n * n;
    double determinant = 1;
    for (Index c = 0; c < n; ++c) {
      Index pivot = c;
      for (Index r = c + 1; r < n; ++r) {
        if (std::fabs(a[r * n + c]) > std::fabs(a[pivot * n + c])) pivot = r;
      }
      if (pivot != c) {
        std::swap_ranges(a + c * n, a + (c + 1) * n, a + pivot * n);
        determinant = -determinant;
      }
      determinant *= a[c * n + c];
      if (a[c * n + c] == 0) break;
      for (Index r = c + 1; r < n; ++r) {
        const double factor = a[r * n + c] / a[c * n + c];
        for (Index k = c; k < n; ++k) a[r * n + k] -= factor * a[c * n + k];
      }
    }
    store(&determinant, 1, y.type, y.own + i * static_cast<Index>(size_of(y.type)));
  }
  return one(std::move(y));
}

}  // namespace hone::graph::onnx::ops
