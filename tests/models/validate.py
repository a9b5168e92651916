"""Says of each document in a JSON file what JSON Schema 2020-12 has against it: usage: validate.py SCHEMA DOCUMENTS."""

import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
verdicts = {}
for name, document in json.load(open(sys.argv[2])).items():
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    verdicts[name] = "" if error is None else f"{error.json_path}: {error.message[:200]}"
json.dump(verdicts, sys.stdout)
