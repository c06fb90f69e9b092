"""How the site is made of the documents: staged, their commands run, built strictly."""
