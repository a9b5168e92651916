#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"
#include "exercise/agent/pki.h"
#include "exercise/clock.h"
#include "models/moments.h"

/// A small certificate authority for agents and runners.
namespace muster {
namespace {

constexpr const char* usual_folder = "/etc/muster/pki";

Option folder_option() { return {"folder", "DIR", "the authority's folder (/etc/muster/pki)"}; }

int days_of(const Arguments& arguments, int otherwise) {
  return arguments.has("days") ? static_cast<int>(count_value("days", arguments.value("days"), 1, 3650)) : otherwise;
}

std::string day_of(std::int64_t seconds) { return utc_text({0, seconds * 1'000'000'000}); }

}  // namespace

Command agent_pki_init_options() {
  return {"agent pki init",
          "Makes a certificate authority in a folder: ca.pem, ca-key.pem, revoked.pem. Keep its folder away from hosts that are broken. Never writes over one.",
          "",
          {folder_option(), {"name", "NAME", "the authority's name (Muster)"}, {"days", "N", "days until it expires (365)"}, {"help", "", "print this"}},
          "Examples:\n"
          "  muster agent pki init --folder pki\n"};
}

ExitCode agent_pki_init_command(const Arguments& arguments) {
  const std::string folder = arguments.value("folder", usual_folder);
  make_authority(folder, arguments.value("name", "Muster"), days_of(arguments, 365), system_clock().now());
  print(folder + ": an authority is made; muster agent pki issue makes certificates\n");
  return ExitCode::done;
}

Command agent_pki_issue_options() {
  return {"agent pki issue",
          "Makes a key and a certificate for an agent (with --address) or a runner, in a folder of that name, with all that goes to its host. Prints the "
          "fingerprint, by which agents list runners.",
          "NAME",
          {folder_option(),
           {"address", "HOST", "it is an agent's, which runners call by this name or address; again for each", true},
           {"days", "N", "days until it expires (7)"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster agent pki issue db-west --address 10.9.2.2 --address db-west.example\n"
          "  muster agent pki issue drill-runner --days 1\n"};
}

ExitCode agent_pki_issue_command(const Arguments& arguments) {
  const std::string folder = arguments.value("folder", usual_folder), name = arguments.positional.front();
  const std::vector<std::string> addresses = arguments.all("address");
  const CertificateUse use = addresses.empty() ? CertificateUse::runner : CertificateUse::agent;
  const Issued issued = issue_certificate(folder, name, use, addresses, days_of(arguments, 7), system_clock().now());
  print(std::string(use == CertificateUse::agent ? "agent " : "runner ") + name + ", good until " + day_of(issued.not_after) + "\n" + issued.fingerprint + "\nCopy " + folder + "/" + name + "/ to " +
        (use == CertificateUse::agent ? "/etc/muster/agent/ of its host.\n" : "/etc/muster/runner/ of its host, and list the fingerprint under runners in /etc/muster/agent.yaml of each agent.\n"));
  return ExitCode::done;
}

Command agent_pki_revoke_options() {
  return {"agent pki revoke",
          "Takes certificates back, by name, serial number or fingerprint: writes revoked.pem anew, which is to be copied to the hosts; agents read it at once.",
          "NAME",
          {folder_option(), {"help", "", "print this"}},
          "Examples:\n"
          "  muster agent pki revoke drill-runner\n"};
}

ExitCode agent_pki_revoke_command(const Arguments& arguments) {
  const std::string folder = arguments.value("folder", usual_folder);
  const std::vector<Issued> revoked = revoke_certificates(folder, arguments.positional.front(), system_clock().now());
  for (const Issued& each : revoked) print(each.name + " " + each.fingerprint + ": revoked\n");
  if (revoked.empty()) print("It was revoked before.\n");
  print("Copy " + folder + "/revoked.pem to the hosts (revoked in /etc/muster/agent.yaml; /etc/muster/agent/revoked.pem where it says nothing).\n");
  return ExitCode::done;
}

Command agent_pki_list_options() {
  return {"agent pki list",
          "Lists the certificates that were issued: name, use, end, fingerprint, and which are revoked.",
          "",
          {folder_option(), {"help", "", "print this"}},
          "Examples:\n"
          "  muster agent pki list\n"};
}

ExitCode agent_pki_list_command(const Arguments& arguments) {
  const std::vector<Issued> all = issued_certificates(arguments.value("folder", usual_folder));
  const std::int64_t now = system_clock().now().wall / 1'000'000'000;
  for (const Issued& each : all)
    print(each.name + " (" + (each.use == CertificateUse::agent ? "agent" : "runner") + ") until " + day_of(each.not_after) + (each.revoked ? ", revoked" : each.not_after < now ? ", expired" : "") + "\n  " +
          each.fingerprint + "\n");
  if (all.empty()) print("No certificate was issued.\n");
  return ExitCode::done;
}

}  // namespace muster
