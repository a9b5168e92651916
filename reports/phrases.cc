#include "reports/phrases.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "models/units.h"

namespace muster {
namespace {

std::string compact(std::string text) {
  if (const auto at = text.find("min"); at != std::string::npos) text.replace(at, 3, "m");
  std::erase(text, ' ');
  return text;
}

// Up to the next value that human_duration can show.
double rounded_up(double seconds) {
  constexpr double scale[][2] = {{60 * day, day}, {2 * day, hour}, {10 * minute, minute}, {100, 1},
                                 {10, 0.1},       {1, 0.01},       {0.1, 0.001}};
  for (const auto& [from, step] : scale)
    if (seconds >= from) return std::ceil(seconds / step - 1e-9) * step;
  return seconds;
}

}  // namespace

std::string short_duration(double seconds) {
  return std::isnan(seconds) ? "–" : compact(human_duration(seconds));
}

std::string promised_duration(double seconds) {
  return std::isfinite(seconds) ? human_duration(rounded_up(seconds)) : human_duration(seconds);
}

std::string short_promised_duration(double seconds) { return compact(promised_duration(seconds)); }

std::string percent(double fraction, int digits) {
  if (std::isnan(fraction)) return "–";
  if (fraction <= 0 || fraction >= 1) return fraction <= 0 ? "0%" : "100%";
  return human_percent(fraction, digits);
}

std::string share_text(const Share& share, std::optional<double> asked) {
  const auto unclear = [&](int digits) {
    const auto confusable = [&](double a, double b) {
      return a != b && percent(a, digits) == percent(b, digits);
    };
    const auto vague = [&](double x) { return percent(x, digits).find_first_of("<>") != std::string::npos; };
    return confusable(share.ci.low, share.ci.high) || vague(share.ci.low) || vague(share.ci.high) ||
           (asked && (confusable(share.ci.low, *asked) || confusable(share.ci.high, *asked)));
  };
  int digits = 1;
  while (digits < 4 && unclear(digits)) ++digits;
  std::string low = percent(share.ci.low, digits);
  if (low.ends_with('%')) low.pop_back();
  return percent(share.met, digits) + " (" + low + "–" + percent(share.ci.high, digits) + ")";
}

std::string out_of(double fraction) {
  if (fraction >= 1) return "all";
  for (std::uint64_t of = 100; of <= 1'000'000; of *= 10) {
    const double count = fraction * static_cast<double>(of);
    if (std::fabs(count - std::round(count)) < 1e-6)
      return grouped(static_cast<std::uint64_t>(std::llround(count))) + " of " + grouped(of);
  }
  return percent(fraction, 2);
}

std::string short_money(double amount) {
  if (std::isnan(amount)) return "–";
  if (std::isinf(amount)) return "no end";
  static constexpr const char* units[] = {"", "k", "M", "bn", "tn"};
  std::size_t unit = 0;
  double shown = amount;
  while (shown >= 999.5 && unit + 1 < std::size(units)) {
    shown /= 1000;
    ++unit;
  }
  const int digits = unit == 0 || shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, shown);
  return std::string(text) + units[unit];
}

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string enumerated(const std::vector<std::string>& items, std::size_t most) {
  const std::size_t shown = items.size() > most ? most : items.size();
  const std::size_t left_out = items.size() - shown;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == shown && left_out == 0 ? " and " : ", ";
    out += items[i];
  }
  if (left_out > 0) out += " and " + std::to_string(left_out) + " more";
  return out;
}

std::string word_of(Verdict verdict) {
  return verdict == Verdict::met ? "MET" : verdict == Verdict::missed ? "MISSED" : "UNDECIDED";
}

Ink ink_of(Verdict verdict) {
  return verdict == Verdict::met ? Ink::good : verdict == Verdict::missed ? Ink::bad : Ink::unsure;
}

Verdict worst_of(const std::vector<Verdict>& verdicts) {
  auto has = [&](Verdict v) { return std::find(verdicts.begin(), verdicts.end(), v) != verdicts.end(); };
  return has(Verdict::missed) ? Verdict::missed : has(Verdict::undecided) ? Verdict::undecided : Verdict::met;
}

}  // namespace muster
