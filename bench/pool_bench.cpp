// Pooling: the maximum after a first layer, and the average over a whole image before the classes.
#include "../include/hone/pool.hpp"
#include "groups.hpp"
#include "image.hpp"

namespace hone::bench {
namespace {

template <class T> void add(Cases& cases, const char* dtype, bool average, const Layer& l) {
  auto x = random_data<T>(l.in_elements(), 1), y = random_data<T>(l.out_elements(), 2);
  const double element = sizeof(T);
  cases.add("pool", average ? "average_pool2d" : "max_pool2d", dtype, l.text(),
            static_cast<double>(l.out_elements() * l.taps()),
            element * static_cast<double>(l.in_elements() + l.out_elements()), [=, parallel = cases.setup().parallel] {
              if (average)
                must(average_pool2d(l.in<T>(x->data()), l.out(y->data()), l.kernel, l.kernel, l.params(), parallel));
              else
                must(max_pool2d(l.in<T>(x->data()), l.out(y->data()), l.kernel, l.kernel, l.params(), parallel));
            });
}

}  // namespace

void add_pool(Cases& cases) {
  const Layer whole{7, 960, 7, 7, 960}, quarter{56, 64, 3, 2, 64};
  add<float>(cases, "f32", false, quarter);
  add<std::int8_t>(cases, "i8", false, quarter);
  add<float>(cases, "f32", true, whole);
  add<std::int8_t>(cases, "i8", true, whole);
}

}  // namespace hone::bench
