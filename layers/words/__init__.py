"""The wording in both languages: catalogues, and the sentences made from them."""
