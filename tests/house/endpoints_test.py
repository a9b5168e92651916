"""The catalogue of endpoints, by the command that looks things up in it, against what an AWS SDK (botocore) would call."""
import json
import os
import subprocess
import sys
import unittest

BINARY = os.environ["MUSTER_BINARY"]
try:
    import botocore.loaders
    import botocore.regions
except ImportError:
    print("skipped: no python3-botocore here (tools/install-packages test)")
    sys.exit(77)

# The catalogue's services by the SDK's endpoint prefixes.
PREFIXES = {"dynamodb": "dynamodb", "streams.dynamodb": "dynamodb", "s3": "s3", "s3-control": "s3", "sqs": "sqs", "sns": "sns", "lambda": "lambda", "sts": "sts",
            "kms": "kms", "secretsmanager": "secretsmanager", "ssm": "ssm", "states": "step-functions", "events": "eventbridge", "logs": "cloudwatch",
            "monitoring": "cloudwatch", "kinesis": "kinesis", "firehose": "firehose", "ec2": "ec2", "api.ecr": "ecr", "ecs": "ecs", "eks": "eks", "rds": "rds",
            "elasticloadbalancing": "elb", "cognito-idp": "cognito", "iam": "iam", "route53": "route53", "cloudfront": "cloudfront", "organizations": "organizations"}


def muster(*words):
    return json.loads(subprocess.run([BINARY, "endpoints", "aws", *words, "--json"], capture_output=True, text=True, check=True).stdout)


class Endpoints(unittest.TestCase):
    def sdk_hosts(self):
        """Every host that the SDK would call, as (host, catalogue's service, region); a global one has the region that signs for it."""
        resolver = botocore.regions.EndpointResolver(botocore.loaders.Loader().load_data("endpoints"))
        known = set(muster()["regions"])
        told = {each["partition"]: each["services"] for each in botocore.loaders.Loader().load_data("endpoints")["partitions"]}
        found = set()
        for partition in ("aws", "aws-cn", "aws-us-gov"):
            for prefix, service in PREFIXES.items():
                for region, said in told[partition].get(prefix, {}).get("endpoints", {}).items():
                    if region in ("local",):  # a server on one's own machine
                        continue
                    if region not in known:  # a name for something global, or for a form that the region itself has too
                        home = said.get("credentialScope", {}).get("region")
                        found |= {(said["hostname"], service, home)} if "hostname" in said and home in known else set()
                        continue
                    for fips, dual in ((False, False), (True, False), (False, True), (True, True)):
                        made = resolver.construct_endpoint(prefix, region, partition, use_dualstack_endpoint=dual, use_fips_endpoint=fips)
                        found |= {(made[key], service, region) for key in ("hostname", "sslCommonName") if made and made.get(key)}
        return sorted(found)

    def test_every_host_that_an_sdk_calls_is_its_service_in_its_region_and_no_other(self):
        hosts = self.sdk_hosts()
        self.assertGreater(len(hosts), 1500)
        looked_up = {}
        names = sorted({host for host, _, _ in hosts})
        for at in range(0, len(names), 500):
            words = [word for name in names[at:at + 500] for word in ("--host", name)]
            done = subprocess.run([BINARY, "endpoints", "aws", *words, "--json"], capture_output=True, text=True, check=False)
            for each in json.loads(done.stdout)["looked-up"]:
                looked_up[each["host"]] = {(match["service"], match["region"]) for match in each["matches"]}
        wrong = [(host, service, region, sorted(looked_up[host])) for host, service, region in hosts if (service, region) not in looked_up[host]]
        self.assertEqual([], wrong)
        elsewhere = [(host, sorted(looked_up[host])) for host, _, region in hosts if any(other != region for _, other in looked_up[host])]
        self.assertEqual([], elsewhere)

    def test_forms_of_accounts_buckets_and_the_past(self):
        for host, service, region in (("123456789012.ddb.us-east-1.amazonaws.com", "dynamodb", "us-east-1"), ("my.bucket.s3.us-west-2.amazonaws.com", "s3", "us-west-2"),
                                      ("bucket.s3.amazonaws.com", "s3", "us-east-1"), ("bucket.s3-eu-west-1.amazonaws.com", "s3", "eu-west-1"),
                                      ("s3-external-1.amazonaws.com", "s3", "us-east-1"), ("Queue.AmazonAWS.com.", "sqs", "us-east-1"),
                                      ("bucket--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "s3", "us-east-1"),
                                      ("vpce-1a2b-3c4d.dynamodb.us-east-1.vpce.amazonaws.com", "dynamodb", "us-east-1"), ("db.cluster-x.us-east-1.rds.amazonaws.com", "rds", "us-east-1"),
                                      ("abc.lambda-url.eu-north-1.on.aws", "lambda", "eu-north-1"), ("sts.amazonaws.com", "sts", "us-east-1")):
            matches = muster("--host", host)["looked-up"][0]["matches"]
            self.assertEqual([(service, region)], [(each["service"], each["region"]) for each in matches], host)

    def test_a_whole_region_has_all_of_its_services_and_nothing_of_another(self):
        import fnmatch
        whole = muster("us-east-1")["hosts"]
        for host, _, region in self.sdk_hosts():
            self.assertEqual(region == "us-east-1", any(fnmatch.fnmatchcase(host, pattern) for pattern in whole), host)

    def test_what_is_not_known_is_told(self):
        done = subprocess.run([BINARY, "endpoints", "aws", "us-east-11", "dynamodb"], capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("did you mean 'us-east-1'", done.stderr)
        done = subprocess.run([BINARY, "endpoints", "aws", "--host", "status.example"], capture_output=True, text=True, check=False)
        self.assertEqual((4, "status.example  none of aws that is known here\n"), (done.returncode, done.stdout))


if __name__ == "__main__":
    unittest.main()
