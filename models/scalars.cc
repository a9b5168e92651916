#include "models/scalars.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "models/patterns.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

Shape text_scalar(std::string expected, std::function<void(std::string_view)> check, std::string pattern, std::vector<std::string> examples) {
  Scalar scalar;
  scalar.expected = std::move(expected);
  scalar.check = [check = std::move(check)](const Node& node) { check(node.text); };
  scalar.pattern = std::move(pattern);
  scalar.examples = std::move(examples);
  return Shape(std::move(scalar));
}

Scalar number_scalar(std::string expected) {
  Scalar scalar;
  scalar.type = Scalar::Type::number;
  scalar.expected = std::move(expected);
  return scalar;
}

void check_range(double value, const std::optional<double>& least, const std::optional<double>& most, const std::string& expected) {
  if ((least && value < *least) || (most && value > *most))
    throw std::invalid_argument(plain(value) + " is out of range; expected " + expected);
}

Shape probability(std::string expected, bool open) {
  Scalar scalar;
  scalar.type = Scalar::Type::number_or_text;
  scalar.expected = expected;
  scalar.check = [open, expected](const Node& node) {
    double p = probability_of(node);
    if (p < 0 || p > 1) throw std::invalid_argument(in_quotes(node.text) + " is out of range; expected " + expected);
    if (open && (p <= 0 || p >= 1)) throw std::invalid_argument(in_quotes(node.text) + " is not strictly between 0 and 1; expected " + expected);
  };
  scalar.pattern = open ? patterns::confidence() : patterns::probability();
  (open ? scalar.above : scalar.least) = 0;
  (open ? scalar.below : scalar.most) = 1;
  scalar.examples = {"5%", "99.5%"};
  return Shape(std::move(scalar));
}

}  // namespace

double probability_of(const Node& node) {
  // A number may have an exponent, as programs write it; the parser knows what people write, and what they may have meant.
  if (node.kind != Node::Kind::number) return parse_probability(node.text);
  double value = number_value(node);
  return value >= 0 && value <= 1 ? value : parse_probability(node.text);
}

double number_value(const Node& node) {
  std::string_view text = node.text;
  if (node.kind != Node::Kind::number) throw std::invalid_argument("found " + describe(node) + ", expected a number");
  bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && text.find_first_not_of("0123456789") == text.npos)
    throw std::invalid_argument(std::string(node.text) + " is eight-based to some programs and ten-based to others; write it without the leading zero");
  if (text.find_first_of("xo") != text.npos) throw std::invalid_argument(std::string(node.text) + " is not decimal; write it with the digits 0 to 9");
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range || !std::isfinite(value) || text.find_first_of("in") != text.npos)
    throw std::invalid_argument(in_quotes(node.text) + " is not a finite number");
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(in_quotes(node.text) + " is not a number");
  return negative ? -value : value;
}

void check_name(std::string_view name) {
  if (name.substr(0, 2) == "x-") throw std::invalid_argument("a name cannot begin with x-: such keys are ignored everywhere");
  if (name.size() > 80) throw std::invalid_argument("a name of more than 80 characters");
  bool letter = false, right = !name.empty();
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool small = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    letter = letter || small;
    bool dash = c == '-' && i > 0 && i + 1 < name.size() && name[i - 1] != '-';
    right = right && (small || digit || dash);
  }
  if (right && letter) return;
  std::string better;
  for (char c : name.substr(0, 80)) {
    bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (c >= 'A' && c <= 'Z') {
      better += static_cast<char>(c + 32);
    } else if (word) {
      better += c;
    } else if (!better.empty() && better.back() != '-') {
      better += '-';
    }
  }
  while (!better.empty() && better.back() == '-') better.pop_back();
  bool useful = better.find_first_of("abcdefghijklmnopqrstuvwxyz") != better.npos && better.substr(0, 2) != "x-";
  throw std::invalid_argument(in_quotes(name) + " is not a name: expected lower-case words with dashes" +
                              (useful ? ", such as " + in_quotes(better) : std::string()));
}

Shape duration_text() {
  return text_scalar("a duration such as 90s, 15m or 1h30m", [](std::string_view text) { parse_duration(text); },
                     patterns::duration(), {"90s", "15m", "1h30m", "2d", "PT1H30M"});
}

Shape positive_duration_text() {
  auto check = [](std::string_view text) {
    if (parse_duration(text) <= 0) throw std::invalid_argument(in_quotes(text) + " is no time at all; expected a duration above zero such as 15m");
  };
  return text_scalar("a duration above zero such as 15m", check, patterns::positive_duration(), {"15m", "1h", "1d"});
}

Shape size_text() {
  return text_scalar("a size such as 800 GB or 1.3 TiB", [](std::string_view text) { parse_size(text); },
                     patterns::size(), {"800 GB", "1.3 TiB"});
}

Shape rate_text() {
  return text_scalar("a rate such as 2 Gbit/s or 120 MB/s", [](std::string_view text) { parse_rate(text); },
                     patterns::rate(), {"2 Gbit/s", "120 MB/s"});
}

Shape frequency_text() {
  return text_scalar("a frequency such as 0.2/year, 3/month or 100/s", [](std::string_view text) { parse_frequency(text); },
                     patterns::frequency(), {"0.2/year", "3/month", "1/day", "100/s"});
}

Shape probability_value() { return probability("a probability such as 5% or 0.05", false); }

Shape confidence_value() { return probability("a confidence such as 95% or 0.95", true); }

Shape amount(std::string expected) {
  Scalar scalar = number_scalar(expected);
  scalar.least = 0;
  scalar.check = [expected](const Node& node) { check_range(number_value(node), 0.0, {}, expected); };
  return Shape(std::move(scalar));
}

Shape number_between(double least, double most, std::string expected) {
  Scalar scalar = number_scalar(expected);
  scalar.least = least;
  scalar.most = most;
  scalar.check = [=](const Node& node) { check_range(number_value(node), least, most, expected); };
  return Shape(std::move(scalar));
}

Shape positive_number(std::string expected) {
  Scalar scalar = number_scalar(expected);
  scalar.above = 0;
  scalar.check = [expected](const Node& node) {
    if (double value = number_value(node); value <= 0) throw std::invalid_argument(plain(value) + " is not above zero; expected " + expected);
  };
  return Shape(std::move(scalar));
}

Shape whole_number(long long least, long long most) {
  std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (least == most) expected = std::to_string(least);
  Scalar scalar = number_scalar(expected);
  scalar.type = Scalar::Type::integer;
  scalar.least = static_cast<double>(least);
  scalar.most = static_cast<double>(most);
  scalar.check = [=](const Node& node) {
    double value = number_value(node);
    if (std::floor(value) != value) throw std::invalid_argument(plain(value) + " is not whole; expected " + expected);
    check_range(value, static_cast<double>(least), static_cast<double>(most), expected);
  };
  return Shape(std::move(scalar));
}

Shape name_text(std::string what) {
  Scalar scalar;
  scalar.expected = "the name of " + what;
  scalar.check = [](const Node& node) { check_name(node.text); };
  scalar.pattern = patterns::name();
  scalar.longest = 80;
  scalar.definition = "name";
  return Shape(std::move(scalar));
}

Shape free_text(std::string expected) {
  Scalar scalar;
  scalar.type = Scalar::Type::any;
  scalar.expected = std::move(expected);
  scalar.pattern = patterns::text();
  scalar.longest = 10'000;
  scalar.definition = "text";
  scalar.check = [](const Node& node) {
    if (node.text.size() > 10'000) throw std::invalid_argument("a text of more than 10000 bytes");
    for (std::size_t i = 0; i < node.text.size(); ++i) {
      auto c = static_cast<unsigned char>(node.text[i]);
      if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) throw std::invalid_argument("a control character in the text " + in_quotes(node.text));
    }
  };
  return Shape(std::move(scalar));
}

Shape parsed_text(std::string expected, std::function<void(std::string_view)> check, std::vector<std::string> examples, std::string pattern) {
  return text_scalar(std::move(expected), std::move(check), std::move(pattern), std::move(examples));
}

Shape one_word(std::vector<std::string> words) {
  Scalar scalar;
  scalar.expected = listed(words, "or");
  scalar.words = words;
  scalar.check = [words](const Node& node) {
    for (const std::string& word : words)
      if (node.text == word) return;
    throw std::invalid_argument("found " + in_quotes(node.text) + ", expected " + listed(words, "or") + did_you_mean(node.text, words));
  };
  return Shape(std::move(scalar));
}

}  // namespace muster
