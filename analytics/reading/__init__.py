"""Reading the fleet's figures: pages, admin, API and reports all ask here."""
